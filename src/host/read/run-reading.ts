import type { Reading } from '../../core/model/gguf/header-cursor';

/** Up to `length` bytes from `offset`; fewer only where the file ends before. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>;

/** Drives a reader's coroutine with the bytes it asks for. Throws what either throws, or what `signal` was aborted with. */
export async function runReading<Result>(
  reading: Reading<Result>,
  read: ReadRange,
  signal: AbortSignal,
): Promise<Result> {
  let step = reading.next();
  while (step.done !== true) {
    signal.throwIfAborted();
    step = reading.next(await read(step.value.offset, step.value.length));
  }
  return step.value;
}
