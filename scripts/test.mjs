import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { electronBinary } from './setup/electron.mjs';
import { say } from './setup/say.mjs';
import { installSystemPackages } from './setup/system-packages.mjs';
import { countTests } from './setup/test-report.mjs';

/** In this order: the cheap ones speak first. */
const projects = ['unit', 'integration', 'browser', 'desktop'];
const checks = [
  ['type check', 'typescript/bin/tsc', '-b'],
  ['lint', 'oxlint/bin/oxlint', '--deny-warnings'],
  ['format', 'oxfmt/bin/oxfmt', '--check'],
  ['unused code', 'knip/bin/knip.js'],
];

if (!installDependencies()) process.exit(1);
installSystemPackages(['fio', 'chromium', ...(electronBinary() ? ['xvfb'] : [])]);

const total = { passed: 0, failed: 0, skipped: 0 };
count(step('build', build));
for (const [name, program, ...args] of checks) count(step(name, () => runModule(program, args)));
const reports = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
try {
  for (const project of projects) count(runProject(project));
} finally {
  rmSync(reports, { recursive: true, force: true });
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;

function step(name, run) {
  const begin = Date.now();
  const passed = run();
  say(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

function runModule(program, args) {
  const path = join('node_modules', program);
  const environment = process.stderr.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
  return (
    spawnSync(process.execPath, [path, ...args], { stdio: ['ignore', 2, 2], env: environment }).status === 0
  );
}

function runProject(project) {
  const file = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const finished = runModule('vitest/vitest.mjs', [
    'run',
    '--project',
    project,
    '--passWithNoTests',
    ...reporters,
  ]);
  if (!existsSync(file)) return { passed: 0, failed: finished ? 0 : 1, skipped: 0 };
  const result = countTests(JSON.parse(readFileSync(file, 'utf8')), finished);
  for (const line of result.skips) say(`skipped: ${line}`);
  say(
    `${result.failed === 0 ? 'ok    ' : 'FAILED'} ${project}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`,
  );
  return result;
}

function count(result) {
  for (const key of Object.keys(total)) total[key] += result[key];
}
