import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A model file that was found: its parts are counted as one. */
export interface ModelFileOnDisk {
  readonly path: string;
  readonly bytes: number;
}

/** Hugging Face snapshots lie four folders deep; deeper than this no program puts models. */
const DEEPEST = 8;
/** A folder of models has hundreds of entries; a home folder given by mistake has millions. */
const MOST_ENTRIES = 50_000;

/** Files that end in `.gguf` but hold no language model: image projectors and importance matrices. */
const noModel = /mmproj|imatrix/i;

/**
 * The `.gguf` files below `root`, without reading any. Links are followed, each folder is entered once, each file is listed
 * once, whatever leads to it. What may not be read is passed over. Throws only what `signal` was aborted with.
 */
export async function findGgufFiles(root: string, signal: AbortSignal): Promise<readonly ModelFileOnDisk[]> {
  const search: Search = { signal, seen: new Set(), found: [], entriesLeft: MOST_ENTRIES };
  await searchFolder(root, 0, search);
  return search.found.sort((left, right) => (left.path < right.path ? -1 : 1));
}

interface Search {
  readonly signal: AbortSignal;
  /** Real paths of folders entered and files listed. */
  readonly seen: Set<string>;
  readonly found: ModelFileOnDisk[];
  entriesLeft: number;
}

async function searchFolder(folder: string, depth: number, search: Search): Promise<void> {
  search.signal.throwIfAborted();
  if (depth > DEEPEST || !(await isNew(folder, search))) return;
  for (const name of await namesIn(folder, search)) await lookAt(join(folder, name), depth, search);
}

async function namesIn(folder: string, search: Search): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (search.entriesLeft <= 0) break;
      search.entriesLeft--;
      const isModel = /\.gguf$/i.test(entry.name) && !noModel.test(entry.name);
      if (isModel || entry.isDirectory() || entry.isSymbolicLink()) names.push(entry.name);
    }
  } catch {
    // a folder that may not be read has nothing to show
  }
  return names.sort();
}

async function lookAt(path: string, depth: number, search: Search): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info === null) return;
  if (info.isDirectory()) return searchFolder(path, depth + 1, search);
  const isModel = info.isFile() && /\.gguf$/i.test(path) && !noModel.test(basename(path));
  if (isModel && (await isNew(path, search))) search.found.push({ path, bytes: info.size });
}

async function isNew(path: string, search: Search): Promise<boolean> {
  const real = await realpath(path).catch(() => null);
  if (real === null || search.seen.has(real)) return false;
  search.seen.add(real);
  return true;
}
