import { type Band, bandOf } from './band';
import type { Row } from './fit-costs';
import { guessCost } from './guess-cost';
import { heldOutOf, type HeldOutOf } from './held-out';
import { slownessAt } from './pace';
import { kindOf, kindWanted, poolFor, type Pool } from './pool';
import { factorOf, type Predictor, predictorOf } from './predict';
import type { Calibration, LearntRange, Learnt, Likeness, Observation } from './schema';

type Phase = Observation['phase'];

const known = new WeakMap<Calibration, Known>();

/** Answers, and what they are worked out from, which is the same whatever memory gives right now. */
interface Known {
  readonly answers: Map<string, Learnt | null>;
  readonly taught: Map<string, Taught | null>;
  readonly lessons: Map<string, Lesson>;
}

/** What the rows of a pool say, whichever model is asked for. */
interface Lesson {
  readonly rows: readonly Row[];
  readonly heldOut: HeldOutOf;
  readonly predictors: Map<string, Predictor>;
}

type Taught = (pace: number | null) => Learnt;

/**
 * What receipts of like conditions taught, sought step by step further away; null where there is none even there, and the
 * prior must serve. `pace` is what host memory was read at right before, in bytes a second; null: not known, and it is as usual.
 * Worked out once for each Calibration and question, so that asking again costs nothing.
 */
export function lookUp(
  calibration: Calibration,
  key: Likeness,
  phase: Phase,
  pace: number | null = null,
): Learnt | null {
  const kept: Known = known.get(calibration) ?? {
    answers: new Map(),
    taught: new Map(),
    lessons: new Map(),
  };
  known.set(calibration, kept);
  const question = `${phase} ${pace !== null} ${JSON.stringify(key)}`;
  const own = `${pace} ${question}`;
  const before = kept.answers.get(own);
  if (before !== undefined) return before;
  const earlier = kept.taught.get(question);
  const taught = earlier === undefined ? learn(kept, calibration, key, phase, pace !== null) : earlier;
  kept.taught.set(question, taught);
  const answer = taught?.(pace) ?? null;
  kept.answers.set(own, answer);
  return answer;
}

function learn(
  kept: Known,
  calibration: Calibration,
  key: Likeness,
  phase: Phase,
  paced: boolean,
): Taught | null {
  const observations = calibration.observations.filter((each) => each.phase === phase);
  const pool = poolFor(observations, key);
  if (pool === null) return null;
  const kind = kindWanted(pool, key);
  const lesson = lessonOf(kept, pool, key, phase);
  const { rows } = lesson;
  const predictor = lesson.predictors.get(kind) ?? predictorOf(rows, kind);
  lesson.predictors.set(kind, predictor);
  const doubted = new Set(rows.filter((_, index) => predictor.fit.belief[index] === 0));
  const band = bandOf(rows, lesson.heldOut, { model: key.model, kind, paced, doubted });
  const asked: Asked = { key, kind, band };
  const own = costsOf(predictor, pool, asked);
  const others = observations.filter(({ likeness }) => likeness.threads !== key.threads);
  const guess = (name: string) => (pool.threads === null ? guessCost(predictor.fit, name) : null);
  const beyond = pool.threads === null && others.length > 0 ? elsewhere(others, asked) : null;
  const receipts = receiptsOf(pool, key.model);
  return (pace) => ({
    step: pool.step,
    receipts,
    samples: rows.length,
    held: band.held,
    cost: (name) => own(name, pace) ?? beyond?.(name, pace) ?? guess(name),
  });
}

/** A pool is told by what is never crossed and by the threads of its receipts. */
function lessonOf({ lessons }: Known, pool: Pool, key: Likeness, phase: Phase): Lesson {
  const { machine, runtime, split_mode: split, devices, threads } = key;
  const name = JSON.stringify([phase, machine, runtime, split, devices, threads]);
  const before = lessons.get(name);
  if (before !== undefined) return before;
  const rows = rowsOf(pool);
  const lesson = { rows, heldOut: heldOutOf(rows), predictors: new Map<string, Predictor>() };
  lessons.set(name, lesson);
  return lesson;
}

/** What is asked for, and how far the answer may be off. */
interface Asked {
  readonly key: Likeness;
  readonly kind: string;
  readonly band: Band;
}

/** What only receipts with other threads hold any of. */
function elsewhere(others: readonly Observation[], asked: Asked): PacedCost | null {
  const pool = poolFor(others, asked.key);
  if (pool === null) return null;
  const kind = kindWanted(pool, asked.key);
  return costsOf(predictorOf(rowsOf(pool), kind), pool, { ...asked, kind });
}

/** More teach nothing new and make every fit slower; what was measured long ago was measured on a machine as it was then. */
const MOST_ROWS = 240;

function rowsOf({ observations, equal }: Pool): readonly Row[] {
  const newest =
    observations.length <= MOST_ROWS
      ? observations
      : [...observations].sort((left, right) => (left.receipt < right.receipt ? 1 : -1)).slice(0, MOST_ROWS);
  return newest.map(({ receipt, likeness, amounts, seconds, rates, pace }) => {
    return { receipt, model: likeness.model, kind: kindOf(likeness, equal), amounts, seconds, rates, pace };
  });
}

/** A cost where host memory gives so many bytes a second. */
type PacedCost = (name: string, pace: number | null) => LearntRange | null;

function costsOf(predictor: Predictor, pool: Pool, { key, kind, band }: Asked): PacedCost {
  const { fit, pacing } = predictor;
  const factor = factorOf(predictor, key.model, kind);
  const half = band.half * pool.widening;
  const ratio = threadsRatio(pool, key);
  return (name, pace) => {
    const cost = fit.learnt.has(name) ? fit.costs.get(name) : undefined;
    if (cost === undefined) return null;
    return scaled(cost * factor * slownessAt(pacing, name, pace), half, name.includes(' host ') ? ratio : 1);
  };
}

/** Receipts' threads over the threads asked for; 1 where they are the same. */
function threadsRatio({ threads }: Pool, key: Likeness): number {
  return threads === null || key.threads === null ? 1 : threads / key.threads;
}

/** With other threads the host's cost lies between unchanged (bound by memory) and in proportion (bound by arithmetic). */
function scaled(cost: number, half: number, ratio: number): LearntRange {
  return {
    slow: cost * Math.exp(half) * Math.max(1, ratio),
    expected: cost * Math.sqrt(ratio),
    fast: cost * Math.exp(-half) * Math.min(1, ratio),
  };
}

/** Receipts of the very model first, then the newest. */
function receiptsOf({ observations }: Pool, model: string): readonly string[] {
  const own = (each: Observation): number => (each.likeness.model === model ? 0 : 1);
  const sorted = [...observations].sort(
    (left, right) => own(left) - own(right) || (left.receipt < right.receipt ? 1 : -1),
  );
  return [...new Set(sorted.map(({ receipt }) => receipt))];
}
