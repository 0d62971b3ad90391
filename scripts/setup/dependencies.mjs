import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { finding, say } from './say.mjs';

const MARKER = 'node_modules/.plimsoll-lock';
const OLDEST_NODE = [20, 19];

/** Installs what package-lock.json names, once for each version of it. Returns whether the packages are there. */
export function installDependencies() {
  refuseOldNode();
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(MARKER) && readFileSync(MARKER, 'utf8') === wanted) return true;
  say('Installing packages (npm ci), once …');
  const kept = existsSync('node_modules/.package-lock.json');
  if (runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])) {
    writeFileSync(MARKER, wanted);
    return true;
  }
  const usable = kept && existsSync('node_modules/.package-lock.json');
  finding(
    usable
      ? 'npm ci failed; going on with the packages that are there.'
      : 'npm ci failed, and nothing can run without the packages.',
    'Connect to the network (or set up your npm registry) and run the command again.',
  );
  return usable;
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  say(`Plimsoll needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.versions.node}.`);
  say('Install a current Node from your package manager or nodejs.org, then run the command again.');
  process.exit(1);
}

function runNpm(args) {
  const script = process.env.npm_execpath;
  const result = script
    ? spawnSync(process.execPath, [script, ...args], { stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  return result.status === 0;
}
