import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths of the files in a folder whose name ends in one of these, by name; nothing where there is no such folder. */
export async function listTexts(folder: string, endings: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
    .sort()
    .map((name) => join(folder, name));
}
