import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256 of the first `bytes` of a file, as hexadecimal digits; null where it cannot be read. */
export async function hashOfHeader(path: string, bytes: number): Promise<string | null> {
  if (bytes < 1) return null;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return null;
  }
}
