import type { GgufFile } from '../../../../src/core/model/gguf/gguf-file';
import { readGguf } from '../../../../src/core/model/gguf/read-gguf';

/** Reads the header of a file of `fileBytes` bytes of which only the first are given; what lies behind them is zero. */
export function readBytes(bytes: Uint8Array, fileBytes: number = bytes.length): GgufFile {
  const reading = readGguf(fileBytes);
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    const chunk = new Uint8Array(Math.min(length, Math.max(0, fileBytes - offset)));
    chunk.set(bytes.subarray(offset, offset + length));
    step = reading.next(chunk);
  }
  return step.value;
}
