import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finding, say } from './say.mjs';

const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };
const fileName = names[process.platform] ?? 'electron';

/** Path of an Electron binary that is on this machine: the one named in ELECTRON_OVERRIDE_DIST_PATH, else the package's own; null where there is none. */
export function electronBinary() {
  const folders = [process.env.ELECTRON_OVERRIDE_DIST_PATH, 'node_modules/electron/dist'];
  for (const folder of folders) {
    if (folder && existsSync(join(folder, fileName))) return join(folder, fileName);
  }
  return null;
}

/** Whether a window can be opened here. */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Fetches the Electron binary that package.json names, where it is not there yet; it is about 110 MB. Returns its path or null. */
export function fetchElectron() {
  const present = electronBinary();
  if (present || !existsSync('node_modules/electron/install.js')) return present;
  const { version } = JSON.parse(readFileSync('node_modules/electron/package.json', 'utf8'));
  say(`Fetching Electron ${version} (about 110 MB), once …`);
  const options = { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 300_000 };
  const result = spawnSync(process.execPath, ['node_modules/electron/install.js'], options);
  if (result.status === 0) return electronBinary();
  finding(
    `Electron could not be fetched (${lastLine(result.stderr)}).`,
    'Run `npx install-electron` when the network allows it; everything else works without a window.',
  );
  return null;
}

function lastLine(text) {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  return lines.find((line) => /error/i.test(line))?.slice(0, 160) ?? 'no reason given';
}
