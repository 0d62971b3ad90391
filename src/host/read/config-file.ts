import { MIB } from '../../core/units';
import { withFile } from './open-file';
import { ReadError } from './read-error';

/** Real ones have some KiB. */
const LARGEST_CONFIG = 8 * MIB;

/** The JSON value in the file at `path`. Throws ReadError for a file that cannot be read, is larger than `most` bytes or is not JSON. */
export async function readConfigFile(path: string, most: number = LARGEST_CONFIG): Promise<unknown> {
  const text = await withFile(path, async ({ handle, bytes }) => {
    if (bytes > most) {
      throw new ReadError('too-large', path, `${path} has ${bytes} bytes, far more than such a file has.`);
    }
    return handle.readFile('utf8');
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new ReadError('not-json', path, `${path} is not JSON.`);
  }
}
