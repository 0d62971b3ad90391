import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { finding, say } from './say.mjs';

/** Each with the program it brings and what is missing without it. */
const packages = {
  fio: { program: 'fio', without: 'disks are measured by the built-in reader on Linux, and not elsewhere' },
  chromium: { program: 'chromium', without: 'the browser tests are skipped' },
  xvfb: { program: 'Xvfb', without: 'the desktop tests are skipped where there is no display' },
};

/**
 * Makes programs available through the system's package manager where that needs no password (root on Debian and
 * Ubuntu); elsewhere says the one command to run. Never fails: what stays missing is a finding.
 */
export function installSystemPackages(names) {
  const absent = names.filter((name) => !onPath(packages[name].program));
  if (absent.length === 0) return;
  if (canInstall() && aptInstall(absent)) return;
  for (const name of absent) {
    if (onPath(packages[name].program)) continue;
    finding(
      `${name} is not installed: ${packages[name].without}.`,
      `Install it with: ${installCommand(name)}`,
    );
  }
}

/** Whether a program can be started by name. */
export function onPath(program) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => isExecutable(join(folder, program + suffix)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get');
}

function aptInstall(names) {
  say(`Installing ${names.join(', ')} (apt-get), once …`);
  const quick = [
    '-qq',
    '-o',
    'Acquire::Retries=0',
    '-o',
    'Acquire::http::Timeout=20',
    '-o',
    'Dpkg::Use-Pty=0',
  ];
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', [...quick, ...args], { env: environment, stdio: ['ignore', 'ignore', 2] }).status ===
    0;
  const install = () => apt('install', '-y', '--no-install-recommends', ...names);
  return install() || (apt('update') && install());
}

function installCommand(name) {
  if (process.platform === 'darwin') return `brew install ${name}`;
  if (process.platform === 'win32')
    return `see the page of ${name}; there is no command that fits every Windows`;
  if (existsSync('/etc/debian_version')) return `sudo apt-get install ${name}`;
  if (onPath('dnf')) return `sudo dnf install ${name}`;
  if (onPath('pacman')) return `sudo pacman -S ${name}`;
  return `your package manager, package ${name}`;
}
