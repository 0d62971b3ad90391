import { ARRIVED, ROUND } from './memory-reader-native';

/** Turns of waiting before a reader gives its processor away: some 50 microseconds. */
const SPINS = 20_000;
/** A wake-up that was missed costs no more than this. */
const NAP_MS = 20;

/**
 * Returns when `threads` readers have come here, to all of them at once. It spins first: a sleeping thread wakes late, and a pass may last only milliseconds.
 */
export function passGate(counters: Int32Array, threads: number): void {
  const round = Atomics.load(counters, ROUND);
  if (Atomics.add(counters, ARRIVED, 1) === threads - 1) {
    Atomics.store(counters, ARRIVED, 0);
    Atomics.add(counters, ROUND, 1);
    Atomics.notify(counters, ROUND);
    return;
  }
  let spins = 0;
  while (Atomics.load(counters, ROUND) === round) {
    spins += 1;
    if (spins > SPINS) Atomics.wait(counters, ROUND, round, NAP_MS);
  }
}
