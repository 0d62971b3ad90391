import type { Answer } from './ask';
import { Body } from './body';
import type { RemoteFile } from './remote-file';
import { RemoteError } from './remote-error';

/** What is passed over is read in pieces of this size. */
const PASSED_AT_ONCE = 2 ** 18;

/**
 * A file whose server sends the whole of it whatever is asked for: read from its start, as far as is needed, then broken off. Parts
 * can only be read forwards, each beginning within or after the one before. Throws RemoteError where the size is not said.
 */
export function streamFile(answer: Answer, url: string): RemoteFile {
  const bytes = sizeOf(answer.response.headers.get('content-length'), url);
  const body = new Body(answer, url);
  let last = { offset: 0, bytes: new Uint8Array(0) };
  answer.attempt.pause();

  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const target = new Uint8Array(Math.max(0, Math.min(length, bytes - offset)));
    const kept = last.bytes.subarray(Math.min(offset - last.offset, last.bytes.length));
    const taken = kept.subarray(0, target.length);
    target.set(taken);
    await pass(body, offset - (last.offset + last.bytes.length));
    const filled = await body.readInto(target.subarray(taken.length));
    if (taken.length + filled < target.length) {
      throw new RemoteError('dropped', url, 'The connection was dropped before everything was sent.');
    }
    last = { offset, bytes: target };
    return target;
  };

  return {
    bytes,
    from: 'stream',
    async read(offset, length) {
      answer.attempt.restart();
      answer.attempt.touch();
      try {
        return await read(offset, length);
      } finally {
        answer.attempt.pause();
      }
    },
    keep: () => Promise.resolve(),
    close: () => answer.attempt.end(),
  };
}

async function pass(body: Body, count: number): Promise<void> {
  for (let left = count; left > 0; left -= PASSED_AT_ONCE) {
    await body.readInto(new Uint8Array(Math.min(left, PASSED_AT_ONCE)));
  }
}

function sizeOf(text: string | null, url: string): number {
  const bytes = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new RemoteError(
    'no-size',
    url,
    'The server gives no parts of files and does not say how large this one is.',
  );
}
