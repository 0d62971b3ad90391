import type { GgufFile } from '../../core/model/gguf/gguf-file';
import { mergeParts } from '../../core/model/gguf/merge-parts';
import { readGguf } from '../../core/model/gguf/read-gguf';
import { ReadError } from '../read/read-error';
import { pathOfPart, splitNameOf } from '../read/split-name';
import type { Asking } from './ask';
import { RemoteError } from './remote-error';
import { readRemoteHeader } from './remote-header';

/**
 * The header of the GGUF model at `url`, of a split one those of all parts as one. Throws RemoteError, ReadError naming a missing
 * part, GgufError, or what the signal was aborted with.
 */
export async function readRemoteModel(
  url: string,
  cacheFolder: string | null,
  asking: Asking,
): Promise<GgufFile> {
  const urls = urlsOfParts(url);
  const headers: GgufFile[] = [];
  for (const part of urls) headers.push(await readPart(part, url, urls.length, cacheFolder, asking));
  return mergeParts(headers);
}

function urlsOfParts(url: string): readonly string[] {
  const address = new URL(url);
  const split = splitNameOf(address.pathname);
  if (split === null) return [url];
  return Array.from({ length: split.count }, (_, index) => {
    const part = new URL(address);
    part.pathname = pathOfPart(split, index + 1);
    return part.href;
  });
}

async function readPart(
  part: string,
  asked: string,
  count: number,
  cacheFolder: string | null,
  asking: Asking,
): Promise<GgufFile> {
  try {
    return await readRemoteHeader(part, readGguf, cacheFolder, asking);
  } catch (error) {
    const isOtherPart = error instanceof RemoteError && error.reason === 'not-found' && part !== asked;
    if (!isOtherPart) throw error;
    throw new ReadError(
      'missing-part',
      error.address,
      `The model is split into ${count} files, and ${error.address} is not there.`,
    );
  }
}
