import type { FileHandle } from 'node:fs/promises';
import type { GgufFile } from '../../core/model/gguf/gguf-file';
import { readGguf } from '../../core/model/gguf/read-gguf';
import { withFile } from './open-file';
import { runReading } from './run-reading';

/** The header of the GGUF file at `path`. Throws ReadError, GgufError, or what `signal` was aborted with. */
export function readHeader(path: string, signal: AbortSignal): Promise<GgufFile> {
  return withFile(path, ({ handle, bytes }) =>
    runReading(readGguf(bytes), (offset, length) => readRange(handle, offset, length), signal),
  );
}

/** Up to `length` bytes from `offset`; fewer where the file ends before. */
export async function readRange(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
