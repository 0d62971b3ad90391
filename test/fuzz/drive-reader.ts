import type { Reading } from '../../src/core/model/gguf/header-cursor';

/** What a reader asked for on its way. */
export interface Asked {
  /** The longest range. */
  largest: number;
  /** All ranges together. */
  total: number;
}

/** More in one piece than any reader may ask for: the safetensors format's own limit for a header. */
export const MOST_AT_ONCE = 100_000_000;
/** More in all than any reader may ask for: the bound of a GGUF header, what lies across two pieces counted twice. */
export const MOST_IN_ALL = 300 * 2 ** 20;

let zeros = new Uint8Array(0);

/** Drives a reader over a file of `fileBytes` of which only the first are given; what lies behind them is zero. */
export function driveReader<Result>(
  readerOf: (fileBytes: number) => Reading<Result>,
  bytes: Uint8Array,
  fileBytes: number,
  asked: Asked,
): Result {
  const reading = readerOf(fileBytes);
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    asked.largest = Math.max(asked.largest, length);
    asked.total += length;
    const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!sound || length > MOST_AT_ONCE || asked.total > MOST_IN_ALL) {
      throw new Error(`the reader asks for ${length} bytes at ${offset}, ${asked.total} in all`);
    }
    step = reading.next(bytesAt(bytes, offset, Math.min(length, Math.max(0, fileBytes - offset))));
  }
  return step.value;
}

function bytesAt(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset + length <= bytes.length) return bytes.slice(offset, offset + length);
  if (zeros.length < length) zeros = new Uint8Array(length);
  if (offset >= bytes.length) return zeros.subarray(0, length);
  const chunk = new Uint8Array(length);
  chunk.set(bytes.subarray(offset));
  return chunk;
}
