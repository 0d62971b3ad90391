import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inParallel } from './in-parallel';

/** A model file that was found: its parts are counted as one. */
export interface ModelFileOnDisk {
  readonly path: string;
  readonly bytes: number;
  /** When its content last changed, of a split model the newest part; milliseconds since 1970. */
  readonly changedMs: number;
}

/** Hugging Face snapshots lie four folders deep; deeper than this no program puts models. */
const DEEPEST = 8;
/** A folder of models has hundreds of entries; a home folder given by mistake has millions. */
const MOST_ENTRIES = 200_000;
/** Entries that the system hands over at once. */
const ENTRIES_AT_ONCE = 256;
/** Node has four threads for files; more at once keeps them busy. */
const AT_ONCE = 16;

/** Files that end in `.gguf` but hold no language model: image projectors and importance matrices. */
const noModel = /mmproj|imatrix/i;

/** Model files below a folder, and folders that hold a model's published weights beside its config.json. */
export interface ModelsOnDisk {
  readonly files: readonly ModelFileOnDisk[];
  /** Sizes are of all safetensors files in the folder. */
  readonly folders: readonly ModelFileOnDisk[];
}

/**
 * The `.gguf` files below `root` and the folders of safetensors, without reading any. Links are followed, each folder is entered
 * once, each file is listed once, whatever leads to it. What may not be read is passed over. Throws only what `signal` was aborted with.
 */
export async function findModelsBelow(root: string, signal: AbortSignal): Promise<ModelsOnDisk> {
  const search: Search = { signal, seen: new Set(), found: [], folders: [], entriesLeft: MOST_ENTRIES };
  await searchFolder(root, 0, search);
  return { files: search.found.sort(byPath), folders: search.folders.sort(byPath) };
}

/** The `.gguf` files alone. */
export async function findGgufFiles(root: string, signal: AbortSignal): Promise<readonly ModelFileOnDisk[]> {
  return (await findModelsBelow(root, signal)).files;
}

function byPath(left: ModelFileOnDisk, right: ModelFileOnDisk): number {
  return left.path < right.path ? -1 : 1;
}

interface Search {
  readonly signal: AbortSignal;
  /** Real paths of folders entered and files listed. */
  readonly seen: Set<string>;
  readonly found: ModelFileOnDisk[];
  readonly folders: ModelFileOnDisk[];
  entriesLeft: number;
}

async function searchFolder(folder: string, depth: number, search: Search): Promise<void> {
  search.signal.throwIfAborted();
  if (depth > DEEPEST) return;
  const real = await realpath(folder).catch(() => null);
  if (real === null || search.seen.has(real)) return;
  search.seen.add(real);
  const entries = await entriesIn(folder, search);
  await listWeights(folder, entries, search);
  await inParallel(
    entries.filter((entry) => entry.isFile() && isModelName(entry.name)),
    AT_ONCE,
    (entry) => listFile(join(folder, entry.name), join(real, entry.name), search),
  );
  for (const entry of entries) {
    if (!entry.isFile() && !isWeightsName(entry.name)) await lookAt(join(folder, entry.name), depth, search);
  }
}

async function entriesIn(folder: string, search: Search): Promise<readonly Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder, { bufferSize: ENTRIES_AT_ONCE })) {
      if (search.entriesLeft <= 0) break;
      search.entriesLeft--;
      const leadsOn = entry.isDirectory() || entry.isSymbolicLink();
      if (isModelName(entry.name) || isWeightsName(entry.name) || leadsOn) entries.push(entry);
    }
  } catch {
    // a folder that may not be read has nothing to show
  }
  return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Published weights with the config that says what they are; a folder of GGUF files beside them is listed by those too. */
async function listWeights(folder: string, entries: readonly Dirent[], search: Search): Promise<void> {
  const weights = entries.filter(({ name }) => weightsName.test(name));
  if (weights.length === 0 || !entries.some(({ name }) => name === 'config.json')) return;
  let bytes = 0;
  let changedMs = 0;
  await inParallel(weights, AT_ONCE, async ({ name }) => {
    const info = await stat(join(folder, name)).catch(() => null);
    bytes += info?.size ?? 0;
    changedMs = Math.max(changedMs, info?.mtimeMs ?? 0);
  });
  if (bytes > 0) search.folders.push({ path: folder, bytes, changedMs });
}

/** Weights as they are published; a diffusion model's and an adapter's go by other names. */
const weightsName = /^model.*\.safetensors$/i;

function isWeightsName(name: string): boolean {
  return weightsName.test(name) || name === 'config.json';
}

/** A link or a folder; what a file system without types of entries calls unknown is one too. */
async function lookAt(path: string, depth: number, search: Search): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info === null) return;
  if (info.isDirectory()) return searchFolder(path, depth + 1, search);
  const real = info.isFile() && isModelName(path) ? await realpath(path).catch(() => null) : null;
  if (real !== null) await listFile(path, real, search);
}

async function listFile(path: string, real: string, search: Search): Promise<void> {
  search.signal.throwIfAborted();
  if (search.seen.has(real)) return;
  search.seen.add(real);
  const info = await stat(path).catch(() => null);
  if (info?.isFile() !== true) return;
  search.found.push({ path, bytes: info.size, changedMs: info.mtimeMs });
}

function isModelName(path: string): boolean {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return /\.gguf$/i.test(name) && !noModel.test(name);
}
