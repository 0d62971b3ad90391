import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const platforms = { linux: '--linux', darwin: '--mac', win32: '--win' };
const platform = platforms[process.platform];
if (platform === undefined) {
  console.error(`The app cannot be packed on ${process.platform}.\nPack it on Linux, macOS or Windows.`);
  process.exit(1);
}

process.exitCode =
  runModule('../scripts/build.mjs', []) &&
  runModule('electron-builder/cli.js', [platform, 'dir', ...ownElectron()])
    ? 0
    : 1;

/** Packs the Electron in ELECTRON_OVERRIDE_DIST_PATH where one is named, else the one of package.json, fetched. */
function ownElectron() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (!folder) return [];
  const versionFile = join(folder, 'version');
  if (!existsSync(versionFile)) {
    console.error(
      `${folder} holds no Electron: its file "version" is missing.\nCorrect ELECTRON_OVERRIDE_DIST_PATH or leave it unset.`,
    );
    process.exit(1);
  }
  const version = readFileSync(versionFile, 'utf8').trim().replace(/^v/, '');
  return [`-c.electronDist=${resolve(folder)}`, `-c.electronVersion=${version}`];
}

function runModule(path, args) {
  const options = { stdio: 'inherit' };
  return spawnSync(process.execPath, [join('node_modules', path), ...args], options).status === 0;
}
