import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../is-alive';

const OWNED = /^trial-(\d+)-[0-9a-f]+\.gguf/;

/** A new name for the stand-in of a trial, in its folder below the store's. */
export function ballastPath(dataDirectory: string): string {
  return join(folderOf(dataDirectory), `trial-${process.pid}-${randomBytes(4).toString('hex')}.gguf`);
}

/** Removes the stand-ins of trials whose process is gone: one that was killed could not tidy up. */
export async function sweepBallasts(dataDirectory: string): Promise<void> {
  const folder = folderOf(dataDirectory);
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const pid = OWNED.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { force: true }).catch(() => {});
  }
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, 'ballast');
}
