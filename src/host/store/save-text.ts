import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../is-alive';
import { storeErrorOf } from './store-error';
import { makeFolder } from './make-folder';

let saves = 0;

/**
 * Saves a text so that the file is always either the old or the new one, whatever happens in between: written beside it
 * under another name, flushed to the disk, then renamed. Creates missing folders. Throws StoreError.
 */
export async function saveText(path: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    const target = await realpath(path).catch(() => path);
    await sweepLeftovers(target);
    await replace(target, text);
  } catch (error) {
    throw storeErrorOf(error, 'save', path);
  }
}

/** Larger than any profile: what can take this can take the text that comes later. */
const TRIAL_CHARACTERS = 128 * 1024;

/** Throws the StoreError that saving a text there would throw now: writes one beside it under another name, and removes it. */
export async function checkSavable(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    await tryToWrite(temporaryBeside(path));
  } catch (error) {
    throw storeErrorOf(error, 'save', path);
  }
}

async function tryToWrite(path: string): Promise<void> {
  try {
    await writeFlushed(path, ' '.repeat(TRIAL_CHARACTERS), 0o600);
  } finally {
    await rm(path, { force: true });
  }
}

async function replace(target: string, text: string): Promise<void> {
  const temporary = temporaryBeside(target);
  try {
    await writeFlushed(temporary, text, await modeOf(target));
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await flushFolder(dirname(target));
}

/** A name that tells whose it is, so that what a killed process left can be swept. */
function temporaryBeside(target: string): string {
  saves += 1;
  return `${target}.${process.pid}-${saves}.saving`;
}

async function writeFlushed(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The mode of the file that is replaced; what the umask leaves of 666 for a new one. */
async function modeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o666,
  );
}

/** Makes the new name last through a loss of power. Windows has no such call, and some shares refuse it. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Removes what writers that were killed have left. The name of such a file says whose it is. */
async function sweepLeftovers(target: string): Promise<void> {
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)-\d+\.saving$/.exec(name.slice(prefix.length))?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { force: true }).catch(() => {});
  }
}
