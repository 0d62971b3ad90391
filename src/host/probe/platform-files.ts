import { access, open, readlink, type FileHandle } from 'node:fs/promises';

/** `/proc/cpuinfo` of a 1000-processor machine stays below this; nothing that the kernel tells is longer. */
const MAX_BYTES = 4 * 2 ** 20;

/** The text of a file of the kernel's (`/proc`, `/sys`, `/etc`), cut at 4 MiB; null where it is absent or may not be read. */
export async function readSystemText(path: string, maxBytes: number = MAX_BYTES): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      return await readUpTo(file, maxBytes);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** What a symbolic link says; null where it cannot be read. */
export async function readSystemLink(path: string): Promise<string | null> {
  return readlink(path).catch(() => null);
}

/** Whether a path is there for this process to see. */
export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** These files have no size beforehand and come in pieces. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < maxBytes) {
    const piece = Buffer.alloc(Math.min(65_536, maxBytes - length));
    // Node 18 reads nothing where the length is left out.
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) break;
    pieces.push(piece.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(pieces).toString('utf8');
}
