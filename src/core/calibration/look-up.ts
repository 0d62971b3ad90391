import { type Band, bandOf } from './band';
import { countedCosts } from './cost-names';
import { priorRange } from './cost-priors';
import { guessCost } from './guess-cost';
import type { Knowing } from './held-out';
import { type Lesson, lessonOf, type Lessons, MOST_SPEEDS } from './lesson';
import { slownessAt } from './pace';
import { kindWanted, poolFor, type Pool } from './pool';
import { factorOf } from './predict';
import type { Calibration, LearntRange, Learnt, Likeness, Observation, Pace } from './schema';

type Phase = Observation['phase'];

const knownOf = new WeakMap<Calibration, Known>();

/** Answers, and what they are worked out from. */
interface Known {
  readonly answers: Map<string, Learnt | null>;
  readonly grounds: Map<string, Ground | null>;
  readonly lessons: Lessons;
}

/** What an answer rests on, whatever is known of memory. */
interface Ground {
  readonly near: Source;
  /** Where only receipts with other threads hold any of a cost. */
  readonly far: Source | null;
  /** Ids of the near receipts. */
  readonly receipts: readonly string[];
  readonly bands: Map<Knowing, Band>;
}

/** Receipts to learn from, seen from one kind of run. */
interface Source {
  readonly pool: Pool;
  readonly kind: string;
  readonly lesson: Lesson;
}

/** What is known of host memory beside what is asked for. */
export interface KnownPace {
  /** Bytes a second. */
  readonly pace: number;
  /** Right before it alone, or around and within it. */
  readonly knowing: keyof Pace;
}

/**
 * What receipts of like conditions taught, sought step by step further away; null where there is none even there, and the
 * prior must serve. `known` is what host memory gives; null: not known, and it is as usual.
 * Worked out once for each Calibration and question, so that asking again costs nothing.
 */
export function lookUp(
  calibration: Calibration,
  key: Likeness,
  phase: Phase,
  known: KnownPace | null = null,
): Learnt | null {
  const kept: Known = knownOf.get(calibration) ?? {
    answers: new Map(),
    grounds: new Map(),
    lessons: new Map(),
  };
  knownOf.set(calibration, kept);
  const question = `${phase} ${JSON.stringify(key)}`;
  const name = `${known?.pace} ${known?.knowing} ${question}`;
  const before = kept.answers.get(name);
  if (before !== undefined) return before;
  const earlier = kept.grounds.get(question);
  const ground = earlier === undefined ? groundOf(kept.lessons, calibration, key, phase) : earlier;
  kept.grounds.set(question, ground);
  const answer = ground === null ? null : answerFrom(ground, key, known);
  kept.answers.set(name, answer);
  return answer;
}

function groundOf(lessons: Lessons, calibration: Calibration, key: Likeness, phase: Phase): Ground | null {
  const observations = calibration.observations.filter((each) => each.phase === phase);
  const near = sourceOf(lessons, observations, key, phase);
  if (near === null) return null;
  const others = observations.filter(({ likeness }) => likeness.threads !== key.threads);
  return {
    near,
    far: near.pool.threads === null ? sourceOf(lessons, others, key, phase) : null,
    receipts: receiptsOf(near.pool, key.model),
    bands: new Map(),
  };
}

function sourceOf(
  lessons: Lessons,
  observations: readonly Observation[],
  key: Likeness,
  phase: Phase,
): Source | null {
  const pool = poolFor(observations, key);
  return pool === null
    ? null
    : { pool, kind: kindWanted(pool, key), lesson: lessonOf(lessons, pool, key, phase) };
}

function answerFrom(ground: Ground, key: Likeness, known: KnownPace | null): Learnt {
  const { near, far, receipts } = ground;
  const { pool, lesson } = near;
  const band = bandFor(ground, key, known?.knowing ?? 'nothing');
  const asked: Asked = { key, band, pace: known?.pace ?? null };
  return {
    step: pool.step,
    receipts,
    samples: Math.min(pool.observations.length, MOST_SPEEDS),
    held: band.held,
    most_read: pool.threads === null ? lesson.mostRead : null,
    cost: (name) =>
      costFrom(near, name, asked) ??
      (isCounted(name) ? untoldCost(near, name, asked) : null) ??
      (far === null ? null : costFrom(far, name, asked)) ??
      (pool.threads === null ? guessCost(lesson.predictor.fit, name) : null) ??
      untoldCost(near, name, asked),
  };
}

/** What a block or a token costs is waiting for each other, which another number of threads does otherwise. */
function isCounted(name: string): boolean {
  return Object.values<string>(countedCosts).includes(name);
}

function bandFor({ near, bands }: Ground, { model }: Likeness, knowing: Knowing): Band {
  const before = bands.get(knowing);
  if (before !== undefined) return before;
  const { rows, heldOut, doubted } = near.lesson;
  const band = bandOf(rows, heldOut, { model, kind: near.kind, knowing, doubted });
  bands.set(knowing, band);
  return band;
}

/** What is asked for, and how far the answer may be off. */
interface Asked {
  readonly key: Likeness;
  readonly band: Band;
  /** Bytes a second of host memory; null: as usual. */
  readonly pace: number | null;
}

/** Seconds of one unit; null where these receipts tell nothing of it. */
function costFrom(
  { pool, kind, lesson }: Source,
  name: string,
  { key, band, pace }: Asked,
): LearntRange | null {
  const { predictor } = lesson;
  const { fit, pacing } = predictor;
  const cost = fit.learnt.has(name) ? fit.costs.get(name) : undefined;
  if (cost === undefined) return null;
  const factor = factorOf(predictor, key.model, kind);
  const ratio = name.includes(' host ') ? threadsRatio(pool, key) : 1;
  return scaled(cost * factor * slownessAt(pacing, name, pace), band.half * pool.widening, ratio);
}

/**
 * A cost of which the receipts hold too little to tell it: what they leave of its prior, as wide as that. The other costs were learnt
 * beside it, so that the prior's own figure would not go with them.
 */
function untoldCost({ pool, kind, lesson }: Source, name: string, { key, band }: Asked): LearntRange | null {
  const { fit } = lesson.predictor;
  const [cost, prior] = [fit.costs.get(name), priorRange(name, fit.rates)];
  if (cost === undefined || prior === null || pool.threads !== null) return null;
  const expected = cost * factorOf(lesson.predictor, key.model, kind);
  return {
    slow: Math.max(prior.slow, expected * Math.exp(band.half)),
    expected,
    fast: Math.min(prior.fast, expected * Math.exp(-band.half)),
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
