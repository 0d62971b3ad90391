import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Each part of the build with the folder it leaves, so that a stamp without its files is not believed. */
const steps = [
  { name: 'command line and server', args: ['vite/bin/vite.js', 'build', '-c', 'vite.node.config.ts'] },
  {
    name: 'memory worker',
    args: ['vite/bin/vite.js', 'build', '-c', 'vite.node.config.ts', '--mode', 'memory-reader'],
  },
  {
    name: 'GPU prober',
    args: ['vite/bin/vite.js', 'build', '-c', 'vite.node.config.ts', '--mode', 'gpu-prober'],
  },
  {
    name: 'embedded runtime',
    args: ['vite/bin/vite.js', 'build', '-c', 'vite.node.config.ts', '--mode', 'embedded-runner'],
  },
  { name: 'window', args: ['electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'] },
];
const results = [
  'out/node/cli.cjs',
  'out/node/server.cjs',
  'out/node/memory-reader.cjs',
  'out/node/gpu-prober.cjs',
  'out/node/embedded-runner.cjs',
  'out/main/index.cjs',
];
const configs = ['package.json', 'package-lock.json', 'vite.node.config.ts', 'electron.vite.config.ts'];
const stamp = 'out/.stamp';

const current = hashOf([...configs, ...filesIn('src'), 'scripts/build.mjs']);
if (process.argv.includes('--force')) rmSync(stamp, { force: true });
if (isUpToDate()) process.exit(0);

rmSync(stamp, { force: true });
for (const { name, args } of steps) {
  if (!runModule(args)) {
    console.error(`The build of the ${name} failed.`);
    process.exit(1);
  }
}
mkdirSync('out', { recursive: true });
writeFileSync(stamp, current);

function isUpToDate() {
  return (
    existsSync(stamp) && readFileSync(stamp, 'utf8') === current && results.every((path) => existsSync(path))
  );
}

function runModule([path, ...args]) {
  const { status } = spawnSync(process.execPath, [join('node_modules', path), ...args], { stdio: 'inherit' });
  return status === 0;
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true }).map((entry) => join(folder, entry));
  return entries.filter((path) => statSync(path).isFile()).sort();
}

function hashOf(paths) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}
