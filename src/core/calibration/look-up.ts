import { type Band, bandOf } from './band';
import { fitCosts, type Fit, type Row } from './fit-costs';
import { modelFactor } from './held-out';
import { poolFor, type Pool } from './pool';
import type { Calibration, LearntRange, Learnt, Likeness, Observation } from './schema';

type Phase = Observation['phase'];

const known = new WeakMap<Calibration, Map<string, Learnt | null>>();

/**
 * What receipts of like conditions taught, sought step by step further away; null where there is none even there, and the
 * prior must serve. Worked out once for each Calibration and question, so that asking again costs nothing.
 */
export function lookUp(calibration: Calibration, key: Likeness, phase: Phase): Learnt | null {
  const answers = known.get(calibration) ?? new Map<string, Learnt | null>();
  known.set(calibration, answers);
  const question = `${phase} ${JSON.stringify(key)}`;
  const before = answers.get(question);
  if (before !== undefined) return before;
  const answer = learn(calibration, key, phase);
  answers.set(question, answer);
  return answer;
}

function learn(calibration: Calibration, key: Likeness, phase: Phase): Learnt | null {
  const pool = poolFor(
    calibration.observations.filter((each) => each.phase === phase),
    key,
  );
  if (pool === null) return null;
  const rows = newest(pool.observations).map(rowOf);
  const fit = fitCosts(rows);
  const band = bandOf(rows, key.model);
  return {
    step: pool.step,
    receipts: receiptsOf(pool, key.model),
    samples: rows.length,
    held: band.held,
    cost: costsOf(fit, modelFactor(key.model, rows, fit), band, pool, key),
  };
}

/** More teach nothing new and make every fit slower; what was measured long ago was measured on a machine as it was then. */
const MOST_ROWS = 240;

function newest(observations: readonly Observation[]): readonly Observation[] {
  if (observations.length <= MOST_ROWS) return observations;
  return [...observations].sort((left, right) => (left.receipt < right.receipt ? 1 : -1)).slice(0, MOST_ROWS);
}

/** An observation as the fit wants it. */
function rowOf({ receipt, likeness, amounts, seconds, rates }: Observation): Row {
  return { receipt, model: likeness.model, amounts, seconds, rates };
}

function costsOf(fit: Fit, factor: number, band: Band, pool: Pool, key: Likeness): Learnt['cost'] {
  const half = band.half * pool.widening;
  const ratio = threadsRatio(pool, key);
  return (name) => {
    const cost = fit.learnt.has(name) ? fit.costs.get(name) : undefined;
    if (cost === undefined) return null;
    return scaled(cost * factor, half, name.includes(' host ') ? ratio : 1);
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
