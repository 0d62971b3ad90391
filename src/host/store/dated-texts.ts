import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveText } from './save-text';

/** A text that is kept by date. */
export interface DatedText {
  /** Name of the file without its ending: the date, with what Windows forbids in names replaced. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly path: string;
}

/** `2026-01-31T09-15-00.123Z.json` */
const NAME = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}(?:\.\d{1,9})?)Z\.json$/;

/**
 * Saves a JSON text in a folder under its date (ISO 8601, UTC) as `saveText` does, then removes the oldest beyond `most`.
 * Other files in the folder are left alone. Throws StoreError, and RangeError for a text that is no date.
 */
export async function keepDated(folder: string, date: string, text: string, most: number): Promise<void> {
  const name = `${new Date(date).toISOString().replaceAll(':', '-')}.json`;
  await saveText(join(folder, name), text);
  const old = (await listDated(folder)).slice(most);
  // One that cannot be removed is tried again the next time.
  for (const { path } of old) await rm(path, { force: true }).catch(() => {});
}

/** What is kept in a folder, the newest first; nothing where there is no such folder. */
export async function listDated(folder: string): Promise<readonly DatedText[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((name) => datedText(folder, name) ?? []);
  return found.sort((left, right) => Date.parse(right.date) - Date.parse(left.date));
}

function datedText(folder: string, name: string): DatedText | null {
  const match = NAME.exec(name);
  if (match === null) return null;
  const date = `${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`;
  if (Number.isNaN(Date.parse(date))) return null;
  return { id: name.slice(0, -'.json'.length), date, path: join(folder, name) };
}
