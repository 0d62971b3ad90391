import { constants } from 'node:fs';
import { copyFile, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storeErrorOf } from './store-error';
import { makeFolder } from './make-folder';

let saves = 0;

/**
 * Saves a text under a name that nothing has yet, whole or not at all, and answers whether it did: false where there is something.
 * Creates missing folders. Throws StoreError.
 */
export async function saveNewText(path: string, text: string): Promise<boolean> {
  saves += 1;
  const temporary = `${path}.${process.pid}-${saves}.saving`;
  try {
    await makeFolder(dirname(path));
    await writeFlushed(temporary, text);
    return await takeName(temporary, path);
  } catch (error) {
    throw storeErrorOf(error, 'save', path);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A second name for the finished file, which a name that is taken refuses; file systems without such names get a copy. */
async function takeName(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    return copyToNew(temporary, path);
  }
}

async function copyToNew(temporary: string, path: string): Promise<boolean> {
  try {
    await copyFile(temporary, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
