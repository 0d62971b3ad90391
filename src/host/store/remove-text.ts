import { rm } from 'node:fs/promises';
import { storeErrorOf } from './store-error';

/** Removes a file; one that is gone already is no fault. Throws StoreError. */
export async function removeText(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw storeErrorOf(error, 'save', path);
  }
}
