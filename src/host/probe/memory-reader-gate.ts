/** Turns of waiting before a reader gives its processor away: some 50 microseconds. */
const SPINS = 20_000;
/** A wake-up that was missed costs no more than this. */
const NAP_MS = 20;

/**
 * Returns when `threads` readers have come here, to all of them at once. `counters` are [arrived, round], shared.
 * It spins first: a sleeping thread wakes late, and a pass may last only milliseconds.
 */
export function passGate(counters: Int32Array, threads: number): void {
  const round = Atomics.load(counters, 1);
  if (Atomics.add(counters, 0, 1) === threads - 1) {
    Atomics.store(counters, 0, 0);
    Atomics.add(counters, 1, 1);
    Atomics.notify(counters, 1);
    return;
  }
  let spins = 0;
  while (Atomics.load(counters, 1) === round) {
    spins += 1;
    if (spins > SPINS) Atomics.wait(counters, 1, round, NAP_MS);
  }
}
