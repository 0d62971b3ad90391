import { spreadOf } from '../figure';
import type { HeldOutOf, HeldOutRow, Knowing } from './held-out';
import type { Row } from './fit-costs';
import type { HeldOut } from './schema';

/** How far a forecast from these rows may be off. */
export interface Band {
  /** Half the width of the interval, as a logarithm of speed: 0.1 is about ± 10 %. */
  readonly half: number;
  /** Null where there is too little to leave out. */
  readonly held: HeldOut | null;
}

/** What an interval is for. */
export interface BandQuestion {
  readonly model: string;
  readonly kind: string;
  /** What the forecast knows of memory; where it knows nothing the errors hold how far that moves. */
  readonly knowing: Knowing;
  /** Speeds that contradict all others are no measure of the others. */
  readonly doubted: ReadonlySet<string>;
}

/** Share of forecasts that the interval is to hold. */
export const COVERAGE = 0.9;
/** What is assumed of the spread before it was seen, and how many rows that counts for. */
const ASSUMED = { half: 0.2, rows: 1 } as const;
/** Starts of one runtime with the same arguments differ by this much at least. */
const LEAST_HALF = 0.03;

/**
 * The interval that would have held nine in ten of the rows when each was forecast from the others (conformal prediction: the
 * ceil(0.9 (n + 1))-th smallest error), drawn towards ± 20 % while rows are few. Where the model asked for was measured, receipts
 * are left out one by one, else whole models: a model that nobody ran is further off. Rows of the kind asked for count alone
 * where there are enough of them.
 */
export function bandOf(
  rows: readonly Row[],
  heldOut: HeldOutOf,
  { model, kind, knowing, doubted }: BandQuestion,
): Band {
  const measured = rows.some((row) => row.model === model);
  const byModel = measured ? [] : heldOut('model', knowing);
  const all = byModel.length > 0 ? byModel : heldOut('receipt', knowing);
  const like = all.filter(({ row }) => row.kind === kind);
  const errors = like.length >= ENOUGH ? like : all;
  const half = halfWidth(
    errors.flatMap(({ row, error }) => (doubted.has(row.speed) ? [] : [Math.abs(error)])),
  );
  return { half, held: heldOf(errors, half) };
}

/** Nine in ten of fewer is all of them. */
const ENOUGH = 10;

function halfWidth(errors: readonly number[]): number {
  const sorted = [...errors].sort((left, right) => left - right);
  const rank = Math.ceil(COVERAGE * (sorted.length + 1));
  const seen = sorted[Math.min(rank, sorted.length) - 1] ?? 0;
  const { half, rows } = ASSUMED;
  const drawn = Math.sqrt((rows * half ** 2 + sorted.length * seen ** 2) / (rows + sorted.length));
  return Math.max(LEAST_HALF, drawn);
}

function heldOf(errors: readonly HeldOutRow[], half: number): HeldOut | null {
  const shares = errors.map(({ error }) => 100 * Math.abs(Math.exp(error) - 1));
  if (shares.length === 0) return null;
  return {
    of: errors.length,
    inside: errors.filter(({ error }) => Math.abs(error) <= half).length,
    median_abs_error_pct: spreadOf(shares)!.median,
    worst_abs_error_pct: Math.max(...shares),
  };
}
