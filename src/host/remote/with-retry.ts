import { setTimeout as sleep } from 'node:timers/promises';
import type { Patience } from './patience';
import { RemoteError } from './remote-error';

/** Runs `run`, again after a wait where it met a fault that may pass. Throws the last fault, or what the signal was aborted with. */
export async function withRetry<Result>(
  run: () => Promise<Result>,
  signal: AbortSignal,
  patience: Patience,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RemoteError) || !error.passing || attempt >= patience.attempts) throw error;
      await wait(error.waitMs ?? patience.backoffMs * 2 ** (attempt - 1), signal, patience);
    }
  }
}

async function wait(milliseconds: number, signal: AbortSignal, patience: Patience): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, patience.longestWaitMs), undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
