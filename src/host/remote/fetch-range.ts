import { parseContentRange } from '../../core/model/hub/content-range';
import { ask, type Answer, type Asking } from './ask';
import { Body } from './body';
import { RemoteError } from './remote-error';
import { withRetry } from './with-retry';

/** What a file is known by: its size, and what the server gives that changes with its content. */
export interface FileIdentity {
  readonly bytes: number;
  /** ETag or date of change; null where the server gives neither. */
  readonly validator: string | null;
}

/** A server that gives a range in more answers than this is not helpful. */
const MOST_ANSWERS = 16;

/**
 * Bytes `offset` to `offset + length` of a file that is already known, fewer only where it ends before. What arrived before a
 * connection was dropped is kept, the rest asked for again. Throws RemoteError, or what the signal was aborted with.
 */
export async function fetchRange(
  url: string,
  offset: number,
  length: number,
  identity: FileIdentity,
  asking: Asking,
): Promise<Uint8Array> {
  const target = new Uint8Array(Math.max(0, Math.min(length, identity.bytes - offset)));
  let filled = 0;
  for (let answers = 0; filled < target.length; answers++) {
    if (answers === MOST_ANSWERS) {
      throw new RemoteError('wrong-bytes', url, 'The server gives too little at a time.');
    }
    await withRetry(
      async () => {
        const answer = await ask(url, { range: rangeOf(offset + filled, offset + target.length) }, asking);
        try {
          const start = filled;
          checkPart(answer.response, url, offset + start, target.length - start, identity);
          await readPart(answer, url, target.subarray(start), (bytes) => (filled = start + bytes));
        } finally {
          answer.attempt.end();
        }
      },
      asking.signal,
      asking.patience,
    );
  }
  return target;
}

/** A `Range` header for the bytes from `start` to before `end`. */
export function rangeOf(start: number, end: number): string {
  return `bytes=${start}-${end - 1}`;
}

/** Reads the part that an answer with status 206 holds into `target`. Throws RemoteError where it is another number of bytes than it says. */
export async function readPart(
  answer: Answer,
  url: string,
  target: Uint8Array,
  received: (bytes: number) => void = () => undefined,
): Promise<void> {
  const range = parseContentRange(answer.response.headers.get('content-range'))!;
  const said = range.last - range.first + 1;
  const body = new Body(answer, url);
  const filled = await body.readInto(target.subarray(0, said), received);
  if (filled < said) {
    throw new RemoteError('dropped', url, 'The connection was dropped before everything was sent.');
  }
  if (!(await body.isAtEnd())) {
    throw new RemoteError('too-many-bytes', url, `The server sends more than the ${said} bytes asked for.`);
  }
}

/** What a file is known by in an answer that gives a part of it. Throws RemoteError where the answer is not what was asked for. */
export function identityOf(response: Response, url: string, offset: number, most: number): FileIdentity {
  const range = parseContentRange(response.headers.get('content-range'));
  if (response.status !== 206 || range === null || range.first !== offset) {
    throw new RemoteError('wrong-bytes', url, 'The server sends other bytes than those asked for.');
  }
  if (range.last - range.first + 1 > most) {
    throw new RemoteError('too-many-bytes', url, `The server sends more than the ${most} bytes asked for.`);
  }
  if (range.total === null || !Number.isSafeInteger(range.total)) {
    throw new RemoteError('no-size', url, 'The server does not say how large the file is.');
  }
  return { bytes: range.total, validator: validatorOf(response.headers) };
}

/** What changes with the file's content: its ETag, else its date. */
function validatorOf(headers: Headers): string | null {
  const tag = headers.get('etag');
  if (tag !== null && tag !== '') return tag.slice(0, 512);
  const date = headers.get('last-modified');
  return date === null || date === '' ? null : `date ${date.slice(0, 64)}`;
}

function checkPart(response: Response, url: string, offset: number, most: number, known: FileIdentity): void {
  if (response.status === 416) throw changed(url);
  const { bytes, validator } = identityOf(response, url, offset, most);
  if (bytes !== known.bytes || validator !== known.validator) throw changed(url);
}

function changed(url: string): RemoteError {
  return new RemoteError('changed', url, 'The file changed while it was being read.');
}
