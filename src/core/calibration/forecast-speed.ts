import { spreadOf } from '../figure';
import { operationSeconds } from '../plan/speed/costs';
import { workNamed } from './cost-names';
import { priorRange, type Rates } from './cost-priors';
import type { Knowing } from './held-out';
import { type KnownPace, lookUp } from './look-up';
import type { Calibration, LearntRange, Learnt, Observation, Pace, Step } from './schema';

/** A forecast of a speed beside what was measured. */
export interface SpeedForecast {
  readonly step: Step;
  /** Measured speeds that it rests on. */
  readonly samples: number;
  readonly forecast_tok_s: number;
  readonly low_tok_s: number;
  readonly high_tok_s: number;
  /** 100 · (measured − forecast) / forecast. */
  readonly error_pct: number;
  readonly inside: boolean;
}

/**
 * What receipts forecast of a speed that was measured: of several starts the median of what is forecast of each. Null where they hold
 * nothing like it.
 */
export function forecastOf(
  own: Observation,
  calibration: Calibration,
  knowing: Knowing,
): SpeedForecast | null {
  const { phase, likeness, seconds } = own;
  const all = pacesKnown(own, knowing).map((known) => lookUp(calibration, likeness, phase, known));
  const ranges = all.map((learnt) => (learnt === null ? null : secondsBy(learnt, own)));
  const [learnt] = all;
  const known = ranges.filter((range) => range !== null);
  if (learnt === null || learnt === undefined || known.length < ranges.length) return null;
  const median = (end: keyof LearntRange): number => spreadOf(known.map((range) => range[end]))!.median;
  const [slow, expected, fast] = [median('slow'), median('expected'), median('fast')];
  return {
    step: learnt.step,
    samples: learnt.samples,
    forecast_tok_s: 1 / expected,
    low_tok_s: 1 / slow,
    high_tok_s: 1 / fast,
    error_pct: 100 * (expected / seconds - 1),
    inside: seconds <= slow && seconds >= fast,
  };
}

function pacesKnown({ pace, starts }: Observation, knowing: Knowing): readonly (KnownPace | null)[] {
  if (knowing === 'nothing' || pace === null) return [null];
  const paces: readonly Pace[] = starts.length === 0 ? [pace] : starts.map((start) => start.pace);
  return paces.map((each) => ({ pace: each[knowing], knowing }));
}

/** Seconds of one token; null where nothing is known of a cost. */
function secondsBy(learnt: Learnt, { amounts, rates }: Observation): LearntRange | null {
  let [slow, expected, fast] = [0, 0, 0];
  for (const [name, amount] of Object.entries(amounts)) {
    const cost = costOf(name, learnt, rates);
    if (cost === null) return null;
    slow += amount * cost.slow;
    expected += amount * cost.expected;
    fast += amount * cost.fast;
  }
  return expected === 0 ? null : { slow, expected, fast };
}

/** Seconds of one unit: learnt, of a prompt's operations also from the nearest kind of them as a plan takes it, else the prior's. */
function costOf(name: string, learnt: Learnt, rates: Rates): LearntRange | null {
  const work = workNamed(name);
  if (work !== null) return operationSeconds(work, learnt, []);
  return learnt.cost(name) ?? priorRange(name, rates);
}
