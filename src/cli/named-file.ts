import { createReadStream } from 'node:fs';
import { ExpectedError } from '../contract/errors';

/** Far more than a plan, a profile, a deployment or a bundle of receipts has; what is endless ends here. */
const MOST_BYTES = 64 * 2 ** 20;

const ABSENT = 'there is no such file';
/** What the usual faults of the system mean. */
const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: ABSENT,
  ENOTDIR: ABSENT,
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
};

const UNREADABLE = 'unreadable';

/** What a file is read for, where it cannot be. */
export interface NamedFile {
  /** Before the path in the sentence, e.g. `The profile `; may be empty. */
  readonly what: string;
  readonly remedy: string;
  /** What a file is told by that is there and cannot be read. */
  readonly code?: string;
}

/** The text of a file, or of a pipe, that was named on the command line. Throws ExpectedError: `not-found`, or the code of `file`. */
export async function readNamedFile(
  path: string,
  { what, remedy, code = UNREADABLE }: NamedFile,
): Promise<string> {
  const fault = (why: string) =>
    new ExpectedError(
      why === ABSENT ? 'not-found' : code,
      `${what}${path} could not be read: ${why}.`,
      remedy,
      { path },
    );
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    const { code: name = '', message } = error as NodeJS.ErrnoException;
    throw fault(FAULTS[name] ?? message);
  }
  if (bytes > MOST_BYTES) throw fault(`it is larger than ${MOST_BYTES / 2 ** 20} MiB`);
  return Buffer.concat(chunks).toString('utf8');
}

/** The same of a file of JSON, as what it holds. */
export async function readNamedJson(path: string, file: NamedFile): Promise<unknown> {
  const text = await readNamedFile(path, file);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { what, remedy, code = UNREADABLE } = file;
    throw new ExpectedError(code, `${what}${path} is not JSON, or is cut short.`, remedy, { path });
  }
}
