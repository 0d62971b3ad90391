import { spreadOf } from '../figure';
import { grouped } from '../grouped';
import type { Row } from './fit-costs';
import { predictedSeconds, predictorOf, type Predictor } from './predict';

/** What was known of host memory when a forecast was made: nothing, what it gave right before, or around and within the run. */
export type Knowing = (typeof knowings)[number];
const knowings = ['nothing', 'before', 'meanwhile'] as const;

/** What was forecast for a speed by a fit that never saw it. */
export interface HeldOutRow {
  /** One of its starts. */
  readonly row: Row;
  /** log(measured speed / forecast speed). */
  readonly error: number;
}

/** What is left out together. */
type Apart = 'receipt' | 'model';
/** Every speed forecast from the others, by what was known of memory. */
export type HeldOutOf = (apart: Apart, knowing: Knowing) => readonly HeldOutRow[];

/** More refits than these tell nothing new and take long; fewer where rows are so many that leaving a fifth out changes little. */
const MOST_FOLDS = { few: 24, many: 5 } as const;
const MANY_ROWS = 120;

/** `heldOut` of these rows, each answer worked out once: the refits do not depend on what is asked. */
export function heldOutOf(rows: readonly Row[]): HeldOutOf {
  const known = new Map<Apart, ReadonlyMap<Knowing, readonly HeldOutRow[]>>();
  return (apart, knowing) => {
    const all = known.get(apart) ?? heldOut(rows, apart);
    known.set(apart, all);
    return all.get(knowing)!;
  };
}

/** With less and more known of memory, by the same refits. Speeds that hold a cost which no other has are left out. */
function heldOut(rows: readonly Row[], apart: Apart): ReadonlyMap<Knowing, readonly HeldOutRow[]> {
  const found = new Map<Knowing, HeldOutRow[]>(knowings.map((knowing) => [knowing, []]));
  const groups = [...new Set(rows.map((row) => row[apart]))].sort();
  if (groups.length < 2) return found;
  const folds = Math.min(groups.length, rows.length > MANY_ROWS ? MOST_FOLDS.many : MOST_FOLDS.few);
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  for (let fold = 0; fold < folds; fold++) {
    const own = rows.filter((row) => foldOf.get(row[apart]) === fold);
    const others = rows.filter((row) => foldOf.get(row[apart]) !== fold);
    const predictor = predictorOf(others);
    for (const starts of grouped(own, ({ speed }) => speed).values()) {
      for (const knowing of knowings) {
        const seconds = forecastOf(predictor, starts, knowing);
        const row = starts[0]!;
        if (seconds !== null) found.get(knowing)!.push({ row, error: Math.log(seconds / row.whole) });
      }
    }
  }
  return found;
}

/** The median over its starts, each forecast at what memory gave beside it. */
function forecastOf(predictor: Predictor, starts: readonly Row[], knowing: Knowing): number | null {
  const each = starts.map((row) =>
    predictedSeconds(predictor, row, knowing === 'nothing' ? null : (row.pace?.[knowing] ?? null)),
  );
  const known = each.filter((seconds) => seconds !== null);
  return spreadOf(known)?.median ?? null;
}
