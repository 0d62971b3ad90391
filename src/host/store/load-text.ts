import { open, stat } from 'node:fs/promises';
import { StoreError, storeErrorOf } from './store-error';

/** No file of ours comes near this. */
const DEFAULT_MAX_BYTES = 32 * 2 ** 20;

/** The text of a file; null where there is none. Throws StoreError for one that is too large, no file, or unreadable. */
export async function loadText(path: string, maxBytes: number = DEFAULT_MAX_BYTES): Promise<string | null> {
  try {
    return await readBounded(path, maxBytes);
  } catch (error) {
    const failure = storeErrorOf(error, 'read', path);
    if (failure.code === 'not-found') return null;
    throw failure;
  }
}

/** Looks before it opens: opening a pipe waits for its writer. */
async function readBounded(path: string, maxBytes: number): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) {
    throw new StoreError('not-a-file', path, `${path} is not a file.`, 'Give the path of a file.');
  }
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(found.size, maxBytes) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) break;
    }
    if (length > maxBytes) throw tooLarge(path, maxBytes);
    return bytes.toString('utf8', 0, length);
  } finally {
    await handle.close();
  }
}

function tooLarge(path: string, maxBytes: number): StoreError {
  const limit = `${Math.floor(maxBytes / 2 ** 20)} MiB`;
  return new StoreError(
    'too-large',
    path,
    `${path} is larger than ${limit}, which no file of Plimsoll's is.`,
    'Choose another file.',
  );
}
