import { basename } from 'node:path';
import { ExpectedError } from '../contract/errors';
import type { FoundModel } from '../contract/records';
import { findModelsBelow, type ModelFileOnDisk } from '../host/read/find-model-files';
import { findOllamaModels } from '../host/read/find-ollama-models';
import { kindOfPath } from '../host/read/look-at-path';
import { usualModelFolders, type ModelFolder } from '../host/read/model-folders';
import { splitNameOf } from '../host/read/split-name';
import { nameOfFile } from './model-reference';
import { toExpected } from './model-errors';

/** A model file by name and size, not read. */
export type ListedFile = Pick<FoundModel, 'name' | 'reference' | 'path' | 'bytes' | 'origin'> & {
  readonly changedMs: number;
  /** A folder of safetensors, which llama.cpp's converter would make a file of. */
  readonly isFolder: boolean;
};

/** Twice what the largest collections hold; what lies beyond is not listed. */
const MOST_MODELS = 20_000;

/**
 * The model files in the usual folders of this machine and below `directories`, by name and size, without reading any. A split model
 * counts once; image projectors are left out. Throws ExpectedError for a given folder that is not there, or AbortError.
 */
export async function listModelFiles(
  directories: readonly string[],
  signal: AbortSignal,
): Promise<readonly ListedFile[]> {
  for (const directory of directories) await requireFolder(directory);
  const given = directories.map((path) => ({ origin: 'folder' as const, path }));
  const found: ListedFile[] = [];
  for (const folder of [...usualModelFolders(), ...given]) {
    for (const file of await modelsIn(folder, signal)) found.push(file);
  }
  return withoutRepeats(found).slice(0, MOST_MODELS);
}

async function requireFolder(directory: string): Promise<void> {
  const kind = await kindOfPath(directory).catch((error: unknown) => {
    throw toExpected(error, directory);
  });
  if (kind === 'folder') return;
  throw new ExpectedError('not-found', `There is no folder ${directory}.`, 'Check the path.', { directory });
}

async function modelsIn({ origin, path }: ModelFolder, signal: AbortSignal): Promise<readonly ListedFile[]> {
  if (origin === 'ollama') {
    const models = await findOllamaModels(path, signal);
    return models.map(({ name, path: blob, bytes, changedMs }) => ({
      name,
      reference: `ollama:${name}`,
      path: blob,
      bytes,
      origin,
      changedMs,
      isFolder: false,
    }));
  }
  const { files, folders } = await findModelsBelow(path, signal);
  const listed = (name: string, { path: at, bytes, changedMs }: ModelFileOnDisk, isFolder: boolean) => {
    return { name, reference: at, path: at, bytes, origin, changedMs, isFolder };
  };
  return [
    ...joinParts(files).map((file) => listed(nameOfFile(basename(file.path)), file, false)),
    ...folders.map((folder) => listed(nameOfFolder(folder.path), folder, true)),
  ];
}

/** A folder of the Hugging Face cache is called by a revision; its repository's name lies above. */
function nameOfFolder(path: string): string {
  const cached = /models--[^/\\]+?--([^/\\]+)[/\\]snapshots[/\\][^/\\]+$/u.exec(path);
  return cached?.[1] ?? basename(path);
}

/** Parts of a split model as one file: the first part that is there, with the size of all. */
function joinParts(files: readonly ModelFileOnDisk[]): readonly ModelFileOnDisk[] {
  const joined = new Map<string, ModelFileOnDisk>();
  for (const file of files) {
    const split = splitNameOf(file.path);
    const key = split === null ? file.path : `${split.prefix}-of-${split.count}`;
    const before = joined.get(key);
    joined.set(key, before === undefined ? file : withPart(before, file));
  }
  return [...joined.values()];
}

function withPart(before: ModelFileOnDisk, part: ModelFileOnDisk): ModelFileOnDisk {
  return {
    path: before.path,
    bytes: before.bytes + part.bytes,
    changedMs: Math.max(before.changedMs, part.changedMs),
  };
}

function withoutRepeats(models: readonly ListedFile[]): readonly ListedFile[] {
  const seen = new Set<string>();
  return models.filter(({ name, path, origin }) => {
    const key = origin === 'ollama' ? `${path} ${name}` : path;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
