import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { Asking } from '../../../src/host/remote/ask';
import type { Patience } from '../../../src/host/remote/patience';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

interface Running {
  readonly url: string;
  /** Method and path of every request so far, with the header asked about. */
  readonly requests: readonly IncomingMessage[];
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server on loopback that behaves as given and is gone after the test. */
export async function serverThat(behaves: Behaviour): Promise<Running> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    behaves(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Gives parts of `bytes` as a good server does. */
export function ranged(bytes: Uint8Array, etag: string | null = '"one"'): Behaviour {
  return (request, response) => {
    if (etag !== null) response.setHeader('etag', etag);
    if (etag !== null && request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
    const [first, last] = rangeAskedFor(request, bytes.length);
    if (first >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    response
      .writeHead(206, { 'content-range': `bytes ${first}-${last}/${bytes.length}` })
      .end(bytes.subarray(first, last + 1));
  };
}

/** First and last byte of the range that was asked for. */
export function rangeAskedFor(request: IncomingMessage, size: number): [first: number, last: number] {
  const found = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  return found === null ? [0, size - 1] : [Number(found[1]), Math.min(Number(found[2]), size - 1)];
}

/** Waits that a test has time for. */
export const quickPatience: Patience = {
  answerMs: 400,
  idleMs: 400,
  wholeMs: 3_000,
  attempts: 3,
  backoffMs: 2,
  longestWaitMs: 20,
};

export function asking(given: Partial<Asking> = {}): Asking {
  return { credentials: null, signal: new AbortController().signal, patience: quickPatience, ...given };
}
