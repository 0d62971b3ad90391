import { SafetensorsError } from './safetensors-error';
import type { SafetensorsFile } from './safetensors-file';

/** Which file of a model holds which tensor. */
export interface SafetensorsIndex {
  /** Names of the files, in order, each once. */
  readonly files: readonly string[];
  readonly fileOf: ReadonlyMap<string, string>;
}

/** DeepSeek-V3 has 163. */
const MOST_FILES = 4096;
/** A plain name beside the index: no folder, no drive, no parent. */
const plainName = /^[A-Za-z0-9][^/\\:\p{Cc}]{0,250}\.safetensors$/u;

/** The index that a `model.safetensors.index.json` holds. Throws SafetensorsError for files that do not lie beside it, and for what is no index. */
export function parseIndex(value: unknown): SafetensorsIndex {
  const map = recordOf(recordOf(value)?.['weight_map']);
  if (map === null) throw bad('It is not an index of safetensors files: it has no weight_map.');
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string') throw bad(`The index does not name a file for "${shorten(name)}".`);
    if (!plainName.test(file)) {
      throw new SafetensorsError(
        'index-outside',
        0,
        `The index names "${shorten(file)}", which is no safetensors file beside it: it is not followed.`,
      );
    }
    fileOf.set(name, file);
  }
  const files = [...new Set(fileOf.values())].sort();
  if (files.length === 0) throw bad('The index names no files.');
  if (files.length > MOST_FILES) throw bad(`The index names ${files.length} files, more than any model has.`);
  return { files, fileOf };
}

/** The files of a model, in the order of the index, as one. Throws SafetensorsError where they do not hold what the index says. */
export function mergeShards(index: SafetensorsIndex, shards: readonly SafetensorsFile[]): SafetensorsFile {
  const seen = new Set<string>();
  shards.forEach((shard, place) => {
    for (const { name } of shard.tensors) {
      if (seen.has(name)) throw differ(`"${shorten(name)}" lies in more than one file.`);
      seen.add(name);
      const said = index.fileOf.get(name);
      if (said !== undefined && said !== index.files[place]) {
        throw differ(`"${shorten(name)}" lies in ${index.files[place]}, not in ${said}.`);
      }
    }
  });
  for (const [name, file] of index.fileOf) {
    if (!seen.has(name)) throw differ(`"${shorten(name)}" is not in ${file}.`);
  }
  return joinFiles(shards);
}

/** Files of one model as one, without an index to check them against. */
export function joinFiles(files: readonly SafetensorsFile[]): SafetensorsFile {
  return {
    tensors: files.flatMap(({ tensors }) => tensors),
    fileBytes: files.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    findings: files.flatMap(({ findings }) => findings),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function bad(sentence: string): SafetensorsError {
  return new SafetensorsError('bad-index', 0, sentence);
}

function differ(sentence: string): SafetensorsError {
  return new SafetensorsError('parts-differ', 0, `The files are not those of the index: ${sentence}`);
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
