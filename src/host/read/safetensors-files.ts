import { dirname, join } from 'node:path';
import { mergeShards, parseIndex } from '../../core/model/safetensors/parse-index';
import { readSafetensors } from '../../core/model/safetensors/read-safetensors';
import type { SafetensorsFile } from '../../core/model/safetensors/safetensors-file';
import { MIB } from '../../core/units';
import { readConfigFile } from './config-file';
import { readRange } from './header';
import { withFile } from './open-file';
import { ReadError } from './read-error';
import { runReading } from './run-reading';

/** One line a tensor: the largest known, of DeepSeek-V3, has 9 MB. */
const LARGEST_INDEX = 64 * MIB;

/** The header of the safetensors file at `path`. Throws ReadError, SafetensorsError, or what `signal` was aborted with. */
export function readSafetensorsFile(path: string, signal: AbortSignal): Promise<SafetensorsFile> {
  return withFile(path, ({ handle, bytes }) =>
    runReading(readSafetensors(bytes), (offset, length) => readRange(handle, offset, length), signal),
  );
}

/**
 * The headers of all files that the index at `path` names, as one. Throws ReadError naming a file that is missing, SafetensorsError,
 * or what `signal` was aborted with.
 */
export async function readSafetensorsIndex(path: string, signal: AbortSignal): Promise<SafetensorsFile> {
  const index = parseIndex(await readConfigFile(path, LARGEST_INDEX));
  const shards: SafetensorsFile[] = [];
  for (const name of index.files) {
    shards.push(await readShard(join(dirname(path), name), index.files.length, signal));
  }
  return mergeShards(index, shards);
}

async function readShard(path: string, count: number, signal: AbortSignal): Promise<SafetensorsFile> {
  try {
    return await readSafetensorsFile(path, signal);
  } catch (error) {
    if (!(error instanceof ReadError) || error.reason !== 'not-found') throw error;
    throw new ReadError('missing-part', path, `The model lies in ${count} files, and ${path} is not there.`);
  }
}
