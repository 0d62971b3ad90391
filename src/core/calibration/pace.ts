import { spreadOf } from '../figure';
import type { Row } from './fit-costs';
import type { Amounts } from './schema';

/**
 * How reading from host memory follows what memory gave at the time: a read takes `(reference / pace) ^ share` times what it takes
 * at the reference. A share of 1 is bound by memory, one of 0 by arithmetic; types differ in it.
 */
export interface Pacing {
  /** Bytes a second, the median of what was read beside the rows; null where nobody looked, and nothing follows. */
  readonly reference: number | null;
  /** By cost; what is not in it has the usual share. */
  readonly shares: ReadonlyMap<string, number>;
}

/**
 * Plain floats are only read, packed types are computed on: where memory gave 1.7 times as much, decoding on two threads took 0.7 and
 * 0.2 of that (as logarithms, on one machine). Others may be bound by either side.
 */
const FLOAT_SHARE = 0.6;
const PACKED_SHARE = 0.3;
const SHARE_SPREAD = 0.25;
/** No memory moves this far: what is beyond was not read but made up. */
const MOST_RATIO = 100;
/** As in `fit-costs.ts`: starts differ by this much whatever memory does. */
const NOISE = 0.05;
/** Each cost's share moves those of the others little. */
const SWEEPS = 6;

/** How rows are paced before anything was learnt. */
export function pacingOf(rows: readonly Row[]): Pacing {
  const paces = rows.flatMap(({ pace }) => (pace === null ? [] : [pace.meanwhile]));
  return { reference: spreadOf(paces)?.median ?? null, shares: new Map() };
}

/** How many times as long a unit of a cost takes at this pace, bytes a second of host memory; 1 where it is not known. */
export function slownessAt({ reference, shares }: Pacing, name: string, pace: number | null): number {
  if (reference === null || pace === null || !isPaced(name)) return 1;
  return ratioOf(reference, pace) ** (shares.get(name) ?? usualShare(name));
}

function ratioOf(reference: number, pace: number): number {
  return Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, reference / pace));
}

/** Amounts as a machine at the reference would have to read for the same time. */
export function pacedAmounts(pacing: Pacing, amounts: Amounts, pace: number | null): Amounts {
  if (pacing.reference === null || pace === null) return amounts;
  const paced: Record<string, number> = {};
  for (const name of Object.keys(amounts)) paced[name] = amounts[name]! * slownessAt(pacing, name, pace);
  return paced;
}

function usualShare(name: string): number {
  return name.endsWith(' weights float') ? FLOAT_SHARE : PACKED_SHARE;
}

function isPaced(name: string): boolean {
  return name.startsWith('read host ');
}

/** What is left of a row. */
export interface PacedError {
  /** log(measured / fitted seconds). */
  readonly error: number;
  readonly belief: number;
  /** Bytes a second of host memory while it was measured. */
  readonly pace: number;
  /** Share of its time by cost. */
  readonly parts: ReadonlyMap<string, number>;
}

/**
 * Shares that explain what is left, each held near what is usual while rows say little: weighted least squares, one cost after the
 * other.
 */
export function refinedPacing({ reference }: Pacing, errors: readonly PacedError[]): Pacing {
  if (reference === null) return { reference, shares: new Map() };
  const names = [...new Set(errors.flatMap(({ parts }) => [...parts.keys()]))].filter(isPaced).sort();
  const slopes = errors.map(({ pace, parts }) =>
    names.map((name) => (parts.get(name) ?? 0) * Math.log(ratioOf(reference, pace))),
  );
  const steps = names.map(() => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of names.keys()) {
      let [weights, aim] = [SHARE_SPREAD ** -2, 0];
      for (const [row, { error, belief }] of errors.entries()) {
        const slope = slopes[row]![column]!;
        const others = slopes[row]!.reduce((sum, each, index) => sum + each * steps[index]!, 0);
        weights += (belief * slope ** 2) / NOISE ** 2;
        aim += (belief * slope * (error - others + slope * steps[column]!)) / NOISE ** 2;
      }
      steps[column] = aim / weights;
    }
  }
  const shares = names.map((name, column): [string, number] => {
    return [name, Math.min(1, Math.max(0, usualShare(name) + steps[column]!))];
  });
  return { reference, shares: new Map(shares) };
}
