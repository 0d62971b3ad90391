import type { Row } from './fit-costs';
import { predictedSeconds, predictorOf } from './predict';

/** What was forecast for a row by a fit that never saw it. */
export interface HeldOutRow {
  readonly row: Row;
  /** log(measured speed / forecast speed). */
  readonly error: number;
}

/** What is left out together. */
type Apart = 'receipt' | 'model';
/** Every row forecast from the others; `paced`: with what memory gave right before each was measured. */
export type HeldOutOf = (apart: Apart, paced: boolean) => readonly HeldOutRow[];

/** More refits than these tell nothing new and take long; fewer where rows are so many that leaving a sixth out changes little. */
const MOST_FOLDS = { few: 24, many: 6 } as const;
const MANY_ROWS = 120;

/** `heldOut` of these rows, each answer worked out once: the refits do not depend on what is asked. */
export function heldOutOf(rows: readonly Row[]): HeldOutOf {
  const known = new Map<Apart, ReadonlyMap<boolean, readonly HeldOutRow[]>>();
  return (apart, paced) => {
    const both = known.get(apart) ?? heldOut(rows, apart);
    known.set(apart, both);
    return both.get(paced)!;
  };
}

/** With and without the pace, by the same refits. Rows that hold a cost which no other row has are left out. */
function heldOut(rows: readonly Row[], apart: Apart): ReadonlyMap<boolean, readonly HeldOutRow[]> {
  const both = new Map<boolean, HeldOutRow[]>([
    [true, []],
    [false, []],
  ]);
  const groups = [...new Set(rows.map((row) => row[apart]))].sort();
  if (groups.length < 2) return both;
  const folds = Math.min(groups.length, rows.length > MANY_ROWS ? MOST_FOLDS.many : MOST_FOLDS.few);
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  for (let fold = 0; fold < folds; fold++) {
    const own = rows.filter((row) => foldOf.get(row[apart]) === fold);
    const others = rows.filter((row) => foldOf.get(row[apart]) !== fold);
    for (const kind of new Set(own.map((row) => row.kind))) {
      const predictor = predictorOf(others, kind);
      for (const row of own) {
        if (row.kind !== kind) continue;
        for (const [paced, found] of both) {
          const seconds = predictedSeconds(predictor, row, paced ? (row.pace?.before ?? null) : null);
          if (seconds !== null) found.push({ row, error: Math.log(seconds / row.seconds) });
        }
      }
    }
  }
  return both;
}
