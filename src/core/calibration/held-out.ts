import type { Row } from './fit-costs';
import { predictedSeconds, predictorOf } from './predict';

/** What was forecast for a row by a fit that never saw it. */
export interface HeldOutRow {
  readonly row: Row;
  /** log(measured speed / forecast speed). */
  readonly error: number;
}

/** More refits than this tell nothing new and take long. */
const MOST_FOLDS = 24;

/**
 * Every row forecast from the others: `apart` names what is left out together (a receipt, or a model). Rows that hold a cost
 * which no other row has are left out. `paced`: with what memory gave right before each was measured.
 */
export function heldOut(
  rows: readonly Row[],
  apart: (row: Row) => string,
  paced: boolean,
): readonly HeldOutRow[] {
  const groups = [...new Set(rows.map(apart))].sort();
  if (groups.length < 2) return [];
  const folds = Math.min(groups.length, MOST_FOLDS);
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  return Array.from({ length: folds }).flatMap((_, fold) => {
    const own = rows.filter((row) => foldOf.get(apart(row)) === fold);
    const others = rows.filter((row) => foldOf.get(apart(row)) !== fold);
    return [...new Set(own.map(({ kind }) => kind))].flatMap((kind) => {
      const predictor = predictorOf(others, kind);
      return own
        .filter((row) => row.kind === kind)
        .flatMap((row) => {
          const seconds = predictedSeconds(predictor, row, paced ? (row.pace?.before ?? null) : null);
          return seconds === null ? [] : [{ row, error: Math.log(seconds / row.seconds) }];
        });
    });
  });
}
