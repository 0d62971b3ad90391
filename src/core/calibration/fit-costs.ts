import { spreadOf } from '../figure';
import { costPrior, type CostPrior, type Rates } from './cost-priors';
import { believe, centred, weighGently } from './row-belief';
import { type Equations, solveCosts } from './solve-costs';
import type { Amounts, Pace } from './schema';

/** One measured speed to learn from, or one start of it. */
export interface Row {
  readonly receipt: string;
  /** The same for all starts of one speed. */
  readonly speed: string;
  readonly model: string;
  /** Tool, build, kind of weights and attention: what runs of one kind share. */
  readonly kind: string;
  readonly amounts: Amounts;
  /** Seconds of one token. */
  readonly seconds: number;
  /** The median over all starts. */
  readonly whole: number;
  /** Of one speed that it stands for. */
  readonly share: number;
  /** Bytes a second by device, as measured when it was taken. */
  readonly rates: Rates;
  readonly pace: Pace | null;
}

export interface Fit {
  /** Seconds of one unit, by cost. */
  readonly costs: ReadonlyMap<string, number>;
  /** How far each row is believed, 0 to 1, in their order. */
  readonly belief: readonly number[];
  /** Costs that the rows tell by themselves. */
  readonly learnt: ReadonlySet<string>;
  /** Bytes a second by device that the rows were measured beside. */
  readonly rates: Rates;
}

/** Starts of one runtime differ by about this much from each other, as a share. */
const NOISE = 0.05;
/** What operations may cost more or less than they do on average, where nothing is known of them beforehand. */
const UNKNOWN_SPREAD = 1;
const PASSES = 12;
/**
 * Of these the first weigh rows down and none to nothing: a family of types that is far from its prior, and that only its own receipts
 * tell of, would be taken for a lie otherwise.
 */
const GENTLE_PASSES = 6;
/** Of each of the two kinds of passes the rest is left out where costs moved less than this, as a share of the prior. */
const SETTLED = 1e-4;

/**
 * Costs that explain what was measured, in at most so many passes: a least-squares fit of relative errors, held near the prior where rows say little, with
 * rows that contradict the others weighed down to nothing (iteratively reweighted, Tukey's bisquare, scale by the median).
 */
export function fitCosts(rows: readonly Row[], passes: number = PASSES): Fit {
  const names = [...new Set(rows.flatMap(({ amounts }) => Object.keys(amounts)))].sort();
  const rates = medianRates(rows);
  const guess = averageCost(rows, names, rates);
  const priors = names.map((name) => costPrior(name, rates) ?? guess);
  const system = systemOf(rows, names, priors);
  const { units, belief } = weighed(system, priors, passes);
  const equations = equationsOf(system, units, belief);
  return {
    costs: new Map(names.map((name, column) => [name, units[column]! * priors[column]!.expected])),
    belief,
    rates,
    learnt: new Set(names.filter((_, column) => isTold(column, equations, units[column]!))),
  };
}

/** Where a fit stands. */
interface Weighed {
  /** Of each prior's expected cost. */
  readonly units: readonly number[];
  readonly belief: readonly number[];
}

/** Gently first, then with what is far off left out. */
function weighed(system: System, priors: readonly CostPrior[], passes: number): Weighed {
  const units = priors.map(() => 1);
  const start = { units, belief: weighGently(centred(errorsOf(system, units))) };
  const gentle = settled(start, system, priors, {
    passes: Math.min(passes, GENTLE_PASSES),
    weigh: weighGently,
  });
  if (passes <= GENTLE_PASSES) return gentle;
  const strict = { ...gentle, belief: believe(errorsOf(system, gentle.units)) };
  return settled(strict, system, priors, { passes: passes - GENTLE_PASSES, weigh: believe });
}

interface Passes {
  readonly passes: number;
  readonly weigh: (errors: readonly number[]) => readonly number[];
}

/** Solved and weighed anew in turn, until costs hardly move. */
function settled(
  start: Weighed,
  system: System,
  priors: readonly CostPrior[],
  { passes, weigh }: Passes,
): Weighed {
  let { units, belief } = start;
  for (let pass = 0; pass < passes; pass++) {
    const before = units;
    units = solveCosts(equationsOf(system, before, belief), priors, before);
    belief = weigh(errorsOf(system, units));
    if (units.every((unit, column) => Math.abs(unit - before[column]!) < SETTLED)) break;
  }
  return { units, belief };
}

/** Seconds that a fit gives an amount; null where it holds a cost that the fit does not. */
export function secondsOf(costs: ReadonlyMap<string, number>, amounts: Amounts): number | null {
  let seconds = 0;
  for (const [name, amount] of Object.entries(amounts)) {
    const cost = costs.get(name);
    if (cost === undefined) return null;
    seconds += amount * cost;
  }
  return seconds > 0 ? seconds : null;
}

/** Bytes a second by device, the median of the rows': a machine that is measured again gives other ones. */
function medianRates(rows: readonly Pick<Row, 'rates'>[]): Rates {
  const devices = [...new Set(rows.flatMap(({ rates }) => Object.keys(rates)))];
  return Object.fromEntries(
    devices.map((device) => {
      const known = rows.flatMap(({ rates }) => (rates[device] === undefined ? [] : [rates[device]]));
      return [device, spreadOf(known)!.median];
    }),
  );
}

/** One unit of whatever has no prior: the rows' median of seconds over all such units. */
function averageCost(rows: readonly Row[], names: readonly string[], rates: Rates): CostPrior {
  const without = names.filter((name) => costPrior(name, rates) === null);
  const each = rows.flatMap(({ amounts, seconds }) => {
    const units = without.reduce((sum, name) => sum + (amounts[name] ?? 0), 0);
    return units === 0 ? [] : [seconds / units];
  });
  return { expected: spreadOf(each)?.median ?? 1, least: 0, spread: UNKNOWN_SPREAD };
}

/** Rows as numbers. */
interface System {
  readonly columns: number;
  /** Seconds of each row's each cost by the priors, row after row. */
  readonly parts: Float64Array;
  readonly seconds: Float64Array;
  readonly share: Float64Array;
}

function systemOf(rows: readonly Row[], names: readonly string[], priors: readonly CostPrior[]): System {
  const parts = new Float64Array(rows.length * names.length);
  for (const [index, { amounts }] of rows.entries()) {
    for (const [column, name] of names.entries())
      parts[index * names.length + column] = (amounts[name] ?? 0) * priors[column]!.expected;
  }
  return {
    columns: names.length,
    parts,
    seconds: Float64Array.from(rows, ({ seconds }) => seconds),
    share: Float64Array.from(rows, ({ share }) => share),
  };
}

/** Seconds that the units give one row. */
function wholeOf({ parts, columns }: System, row: number, units: readonly number[]): number {
  let whole = 0;
  for (let column = 0; column < columns; column++) whole += parts[row * columns + column]! * units[column]!;
  return Math.max(whole, Number.MIN_VALUE);
}

/**
 * Rows in shares of the time that is expected of them, so that one that claims to be fast weighs no more than one that claims to be slow;
 * each weighs what it is believed over the variance of one start.
 */
function equationsOf(system: System, units: readonly number[], belief: readonly number[]): Equations {
  const { columns, parts, seconds, share } = system;
  const shares = new Float64Array(parts.length);
  const targets = new Float64Array(seconds.length);
  const weights = new Float64Array(seconds.length);
  for (let row = 0; row < seconds.length; row++) {
    const whole = wholeOf(system, row, units);
    for (let column = 0; column < columns; column++)
      shares[row * columns + column] = parts[row * columns + column]! / whole;
    targets[row] = seconds[row]! / whole;
    weights[row] = (belief[row]! * share[row]!) / NOISE ** 2;
  }
  return { shares, targets, weights };
}

/** log(measured / fitted) of each row. */
function errorsOf(system: System, units: readonly number[]): readonly number[] {
  return Array.from(system.seconds, (seconds, row) => Math.log(seconds / wholeOf(system, row, units)));
}

/** How well a cost must be known from the rows alone, as a share of it: a deviation of one half. */
const KNOWN = 0.5;

function isTold(column: number, { shares, weights }: Equations, unit: number): boolean {
  const columns = shares.length / weights.length;
  const told = weights.reduce(
    (sum, weight, row) => sum + weight * (shares[row * columns + column]! * unit) ** 2,
    0,
  );
  return told > KNOWN ** -2;
}
