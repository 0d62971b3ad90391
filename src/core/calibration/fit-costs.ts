import { spreadOf } from '../figure';
import { costPrior, type CostPrior, type Rates } from './cost-priors';
import type { Amounts } from './schema';

/** One measured speed to learn from. */
export interface Row {
  readonly receipt: string;
  readonly model: string;
  readonly amounts: Amounts;
  /** Seconds of one token. */
  readonly seconds: number;
  /** Bytes a second by device, as measured when it was taken. */
  readonly rates: Rates;
}

export interface Fit {
  /** Seconds of one unit, by cost. */
  readonly costs: ReadonlyMap<string, number>;
  /** How far each row is believed, 0 to 1, in their order. */
  readonly belief: readonly number[];
  /** Costs of which the rows say more than the prior did. */
  readonly learnt: ReadonlySet<string>;
}

/** Starts of one runtime differ by about this much from each other, as a share. */
const NOISE = 0.05;
/** What operations may cost more or less than they do on average, where nothing is known of them beforehand. */
const UNKNOWN_SPREAD = 1;
const PASSES = 12;
/** Tukey's bisquare: rows further off than this many scales count nothing (95 % as good as least squares on clean data). */
const REACH = 4.685;
/** Below this nobody is told apart from noise: rows agree by chance. */
const LEAST_SCALE = 0.02;

/**
 * Costs that explain what was measured: a least-squares fit of relative errors, held near the prior where rows say little, with
 * rows that contradict the others weighed down to nothing (iteratively reweighted, Tukey's bisquare, scale by the median).
 */
export function fitCosts(rows: readonly Row[]): Fit {
  const names = [...new Set(rows.flatMap(({ amounts }) => Object.keys(amounts)))].sort();
  const rates = medianRates(rows);
  const guess = averageCost(rows, names, rates);
  const priors = names.map((name) => costPrior(name, rates) ?? guess);
  // each entry is the share of a row's time that the prior expects of one cost
  const design = rows.map(({ amounts, seconds }) =>
    names.map((name, column) => ((amounts[name] ?? 0) * priors[column]!.expected) / seconds),
  );
  let units: readonly number[] = names.map(() => 1);
  let belief = believe(centred(design.map((row) => logOf(row, units))));
  for (let pass = 0; pass < PASSES; pass++) {
    units = solve(design, belief, priors, units);
    belief = believe(design.map((row) => logOf(row, units)));
  }
  return {
    costs: new Map(names.map((name, column) => [name, units[column]! * priors[column]!.expected])),
    belief,
    learnt: new Set(names.filter((_, column) => saysMore(column, design, belief, priors))),
  };
}

function saysMore(
  column: number,
  design: readonly (readonly number[])[],
  belief: readonly number[],
  priors: readonly CostPrior[],
): boolean {
  const said = design.reduce((sum, row, index) => sum + belief[index]! * (row[column]! / NOISE) ** 2, 0);
  return said > priors[column]!.spread ** -2;
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
export function medianRates(rows: readonly Pick<Row, 'rates'>[]): Rates {
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

/** log(fitted / measured) of one row. */
function logOf(row: readonly number[], units: readonly number[]): number {
  return Math.log(
    Math.max(
      row.reduce((sum, share, column) => sum + share * units[column]!, 0),
      1e-9,
    ),
  );
}

function centred(residuals: readonly number[]): readonly number[] {
  const middle = spreadOf(residuals)?.median ?? 0;
  return residuals.map((residual) => residual - middle);
}

function believe(residuals: readonly number[]): readonly number[] {
  const median = spreadOf(residuals.map(Math.abs))?.median ?? 0;
  // 1.4826 makes the median deviation of a normal distribution its standard deviation
  const scale = Math.max(LEAST_SCALE, 1.4826 * median);
  return residuals.map((residual) => {
    const far = residual / (REACH * scale);
    return Math.abs(far) >= 1 ? 0 : (1 - far * far) ** 2;
  });
}

/** Coordinate descent on the normal equations; every cost stays at or above its least. */
function solve(
  design: readonly (readonly number[])[],
  belief: readonly number[],
  priors: readonly CostPrior[],
  start: readonly number[],
): readonly number[] {
  const { gram, aim } = normalEquations(design, belief, priors);
  const units = [...start];
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (let column = 0; column < units.length; column++) {
      const row = gram[column]!;
      const others = row.reduce((sum, value, each) => sum + (each === column ? 0 : value * units[each]!), 0);
      const floor = priors[column]!.least / priors[column]!.expected;
      const next = Math.max(floor, (aim[column]! - others) / row[column]!);
      moved = Math.max(moved, Math.abs(next - units[column]!));
      units[column] = next;
    }
    if (moved < SETTLED) break;
  }
  return units;
}

/** Far more than the few that it takes. */
const MOST_SWEEPS = 500;
const SETTLED = 1e-7;

function normalEquations(
  design: readonly (readonly number[])[],
  belief: readonly number[],
  priors: readonly CostPrior[],
): { gram: number[][]; aim: number[] } {
  const gram = priors.map(({ spread }, row) =>
    priors.map((_, column) => (row === column ? spread ** -2 : 0)),
  );
  const aim = priors.map(({ spread }) => spread ** -2);
  for (const [index, row] of design.entries()) {
    const weight = belief[index]! / NOISE ** 2;
    if (weight === 0) continue;
    for (const [column, value] of row.entries()) {
      if (value === 0) continue;
      aim[column]! += weight * value;
      for (const [other, second] of row.entries()) gram[column]![other]! += weight * value * second;
    }
  }
  return { gram, aim };
}
