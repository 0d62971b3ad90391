import type { GgufFile } from '../../core/model/gguf/gguf-file';
import { mergeParts } from '../../core/model/gguf/merge-parts';
import { readHeader } from './header';
import { ReadError } from './read-error';
import { pathOfPart, splitNameOf } from './split-name';

/** A model as it lies on disk. */
export interface ModelFile {
  /** What a runtime is given: the file, or the first part. */
  readonly path: string;
  readonly parts: readonly string[];
  readonly header: GgufFile;
}

/** Reads the header of a model, whole or split, from any of its parts. Throws ReadError (naming a missing part) and GgufError. */
export async function readModelFile(path: string, signal: AbortSignal): Promise<ModelFile> {
  const parts = partsOf(path);
  const headers: GgufFile[] = [];
  for (const part of parts) headers.push(await readPart(part, path, parts.length, signal));
  const header = mergeParts(headers);
  refuseUnnamedParts(header, parts);
  return { path: parts[0]!, parts, header };
}

function partsOf(path: string): string[] {
  const split = splitNameOf(path);
  if (split === null) return [path];
  return Array.from({ length: split.count }, (_, index) => pathOfPart(split, index + 1));
}

async function readPart(part: string, asked: string, count: number, signal: AbortSignal): Promise<GgufFile> {
  try {
    return await readHeader(part, signal);
  } catch (error) {
    const isOtherPart = error instanceof ReadError && error.reason === 'not-found' && part !== asked;
    if (!isOtherPart) throw error;
    throw new ReadError(
      'missing-part',
      part,
      `The model is split into ${count} files, and ${part} is not there.`,
    );
  }
}

/** A part of a split model that was renamed: the others cannot be found, neither here nor by llama.cpp. */
function refuseUnnamedParts(header: GgufFile, parts: readonly string[]): void {
  const count = header.metadata['split.count'];
  if (typeof count !== 'number' || count <= 1 || count === parts.length) return;
  throw new ReadError(
    'missing-part',
    parts[0]!,
    `${parts[0]} is one of ${count} files of a split model, but is not named like one (NAME-00001-of-${String(count).padStart(5, '0')}.gguf), so the others cannot be found.`,
  );
}
