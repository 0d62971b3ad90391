import { joinFiles } from '../../core/model/safetensors/parse-index';
import { readSafetensors } from '../../core/model/safetensors/read-safetensors';
import type { SafetensorsFile } from '../../core/model/safetensors/safetensors-file';
import type { Asking } from './ask';
import { readRemoteHeader } from './remote-header';

/** Each header costs a request; Kimi K2, among the largest, has 61. */
const MOST_FILES = 256;

/** The headers of safetensors files on a server, as one. Throws RemoteError, SafetensorsError, or what the signal was aborted with. */
export async function readRemoteSafetensors(
  urls: readonly string[],
  cacheFolder: string | null,
  asking: Asking,
): Promise<SafetensorsFile> {
  const files: SafetensorsFile[] = [];
  for (const url of urls.slice(0, MOST_FILES)) {
    files.push(await readRemoteHeader(url, readSafetensors, cacheFolder, asking));
  }
  return joinFiles(files);
}
