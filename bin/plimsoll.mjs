#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

if (existsSync(new URL('../out/node/cli.cjs', import.meta.url))) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { main } = require('../out/node/cli.cjs');
  const startServer = (options) => require('../out/node/server.cjs').startServer(options);
  process.exitCode = await main(process.argv.slice(2), { root, version, startServer });
} else {
  console.error('Plimsoll is not built yet.\nRun `npm run build` and try again.');
  process.exitCode = 1;
}
