import { open, stat, type FileHandle } from 'node:fs/promises';
import { ReadError, readErrorOf } from './read-error';

/** An ordinary file that is open for reading, and its size in bytes. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** Opens `path`, runs `use` and closes it again. Throws ReadError; pipes and devices are refused, since they could block for ever. */
export async function withFile<Result>(
  path: string,
  use: (file: OpenFile) => Promise<Result>,
): Promise<Result> {
  let handle: FileHandle | null = null;
  try {
    refuseSpecial(await stat(path), path);
    handle = await open(path, 'r');
    const info = await handle.stat();
    refuseSpecial(info, path);
    return await use({ handle, bytes: info.size });
  } catch (error) {
    throw readErrorOf(error, path);
  } finally {
    await handle?.close();
  }
}

function refuseSpecial(info: { isFile(): boolean; isDirectory(): boolean }, path: string): void {
  if (info.isDirectory()) throw new ReadError('directory', path, `${path} is a folder, not a file.`);
  if (!info.isFile()) throw new ReadError('not-a-file', path, `${path} is a pipe or a device, not a file.`);
}
