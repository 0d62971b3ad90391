import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const platforms = { linux: '--linux', darwin: '--mac', win32: '--win' };
const platform = platforms[process.platform];
if (platform === undefined) {
  console.error(`The app cannot be packed on ${process.platform}.\nPack it on Linux, macOS or Windows.`);
  process.exit(1);
}

const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js');
const packed = run('scripts/build.mjs', []) && run(builder, [platform, 'dir', ...ownElectron()]);
process.exitCode = packed ? 0 : 1;

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

function run(script, args) {
  return spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status === 0;
}
