import { spreadOf } from '../figure';
import { fitCosts, secondsOf, type Fit, type Row } from './fit-costs';

/** What was forecast for a row by a fit that never saw it. */
export interface HeldOutRow {
  readonly row: Row;
  /** Seconds of one token. */
  readonly forecast: number;
  /** log(measured speed / forecast speed). */
  readonly error: number;
}

/** More refits than this tell nothing new and take long. */
const MOST_FOLDS = 24;

/**
 * Every row forecast from the others: `apart` names what is left out together (a receipt, or a model). Rows that hold a cost
 * which no other row has are left out.
 */
export function heldOut(rows: readonly Row[], apart: (row: Row) => string): readonly HeldOutRow[] {
  const groups = [...new Set(rows.map(apart))].sort();
  if (groups.length < 2) return [];
  const folds = Math.min(groups.length, MOST_FOLDS);
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  return Array.from({ length: folds }).flatMap((_, fold) => {
    const own = rows.filter((row) => foldOf.get(apart(row)) === fold);
    const others = rows.filter((row) => foldOf.get(apart(row)) !== fold);
    const fit = fitCosts(others);
    return own.flatMap((row) => {
      const seconds = secondsOf(fit.costs, row.amounts);
      if (seconds === null) return [];
      const forecast = seconds * modelFactor(row.model, others, fit);
      return [{ row, forecast, error: Math.log(forecast / row.seconds) }];
    });
  });
}

/** Receipts of one model that shift its forecast half-way to what they say. */
const HALF_WAY = 1;

/**
 * What a model's own receipts say beyond what its bytes explain, as a factor of its time: their median, drawn towards 1 while
 * they are few. 1 without any. A receipt that all others contradict counts only where several of the model say the same.
 */
export function modelFactor(model: string, rows: readonly Row[], { costs, belief }: Fit): number {
  const all = rows.flatMap((row, index) => {
    const seconds = row.model === model ? secondsOf(costs, row.amounts) : null;
    if (seconds === null) return [];
    return [{ receipt: row.receipt, believed: belief[index]! > 0, error: Math.log(row.seconds / seconds) }];
  });
  const several = new Set(all.map(({ receipt }) => receipt)).size > 1;
  const own = all.filter(({ believed }) => several || believed).map(({ error }) => error);
  const median = spreadOf(own)?.median ?? 0;
  return Math.exp((median * own.length) / (own.length + HALF_WAY));
}
