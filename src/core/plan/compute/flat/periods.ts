/** A stretch of a sequence: so many repetitions of the same `period` items. */
interface Stretch {
  readonly start: number;
  readonly period: number;
  readonly repetitions: number;
}

/** Patterns of blocks longer than this are not looked for; Gemma's are 6, Nemotron's hybrids up to 9. */
const LONGEST = 12;

/**
 * A sequence of numbers as stretches that repeat, in order and without gaps; what does not repeat is a stretch of one. Greedy:
 * from each position on, the period that covers most.
 */
export function findPeriods(sequence: ArrayLike<number>, length: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let start = 0;
  while (start < length) {
    const found = longestFrom(sequence, length, start);
    stretches.push(found);
    start += found.period * found.repetitions;
  }
  return stretches;
}

function longestFrom(sequence: ArrayLike<number>, length: number, start: number): Stretch {
  let best: Stretch = { start, period: 1, repetitions: 1 };
  for (let period = 1; period <= LONGEST && start + 2 * period <= length; period++) {
    let end = start + period;
    while (end < length && sequence[end] === sequence[end - period]) end++;
    const repetitions = Math.floor((end - start) / period);
    // A longer period must cover more than the best one so far by more than itself.
    const covered = repetitions * period;
    if (repetitions > 1 && covered > best.period * best.repetitions + (best.repetitions > 1 ? period : 0)) {
      best = { start, period, repetitions };
    }
  }
  return best;
}

/** A stretch of which a certain number of repetitions stand for however many there are. */
export interface Repeat {
  /** Position of its first kept item among the kept ones, and of its first item at all. */
  readonly at: number;
  readonly start: number;
  readonly period: number;
  /** Repetitions that are kept, and how many more there are; -1: one fewer. */
  readonly kept: number;
  readonly omitted: number;
}

/** Items that stand for all: each stretch repeated a few times at most. */
export interface Reduction {
  /** Positions of the sequence. */
  readonly kept: readonly number[];
  readonly repeats: readonly Repeat[];
}

/**
 * Keeps `most` repetitions of each stretch. Where `doubling`, one repetition fewer is taken for as many, its last item twice over, so
 * that fewer sequences are told apart.
 */
export function reduce(stretches: readonly Stretch[], most: number, doubling: boolean): Reduction {
  const kept: number[] = [];
  const repeats: Repeat[] = [];
  for (const { start, period, repetitions } of stretches) {
    const repeated = doubling ? repetitions > 1 && repetitions + 1 >= most : repetitions > most;
    const count = repeated ? most : repetitions;
    if (repeated) repeats.push({ at: kept.length, start, period, kept: most, omitted: repetitions - most });
    for (let repetition = 0; repetition < count; repetition++) {
      const from = start + Math.min(repetition, repetitions - 1) * period;
      for (let item = 0; item < period; item++) kept.push(from + item);
    }
  }
  return { kept, repeats };
}
