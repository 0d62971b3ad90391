import { MIB } from '../../core/units';
import { ask, type Asking } from './ask';
import { Body } from './body';
import { RemoteError } from './remote-error';
import { withRetry } from './with-retry';

/** A page of a repository's listing has about 200 KiB, a config some KiB. */
const LARGEST = 8 * MIB;

export interface JsonAnswer {
  readonly value: unknown;
  readonly headers: Headers;
}

/** The JSON at `url`, at most 8 MiB. Throws RemoteError, or what the signal was aborted with. */
export function fetchJson(url: string, asking: Asking): Promise<JsonAnswer> {
  return withRetry(() => fetchOnce(url, asking), asking.signal, asking.patience);
}

async function fetchOnce(url: string, asking: Asking): Promise<JsonAnswer> {
  const answer = await ask(url, { accept: 'application/json' }, asking);
  try {
    if (answer.response.status !== 200) {
      throw new RemoteError('refused', url, `The server answered with status ${answer.response.status}.`);
    }
    return { value: parse(await readAll(new Body(answer, url), url), url), headers: answer.response.headers };
  } finally {
    answer.attempt.end();
  }
}

async function readAll(body: Body, url: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const piece = new Uint8Array(MIB / 4);
    const filled = await body.readInto(piece);
    bytes += filled;
    if (bytes > LARGEST) {
      throw new RemoteError('too-large', url, `The answer is longer than ${LARGEST / MIB} MiB.`);
    }
    pieces.push(piece.subarray(0, filled));
    if (filled < piece.length) return Buffer.concat(pieces);
  }
}

function parse(bytes: Uint8Array, url: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new RemoteError('not-json', url, 'The server answered with something that is not JSON.');
  }
}
