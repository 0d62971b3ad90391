import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { say } from './setup/say.mjs';

/** `npm run bench [NAME…]`: each file of bench/ measures one thing beside a peer or a limit in the same run. */
const wanted = process.argv.slice(2);

if (!installDependencies() || !build()) process.exit(1);
for (const file of readdirSync('bench').filter((name) => name.endsWith('.mjs'))) {
  const name = file.replace(/\.mjs$/, '');
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  say(`\n== ${name}`);
  const { run } = await import(pathToFileURL(resolve(join('bench', file))).href);
  await run();
}
