import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ExpectedError } from '../contract/errors';

/** Writes a file whole or not at all. */
export async function writeText(path: string, text: string): Promise<void> {
  const target = resolve(path);
  const draft = `${target}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    const message = error instanceof Error ? error.message : String(error);
    throw new ExpectedError(
      'not-written',
      `${path} could not be written: ${message}.`,
      'Choose another place.',
    );
  }
}
