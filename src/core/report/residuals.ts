import { spreadOf } from '../figure';
import type { ReceiptHead } from '../receipt/receipt-head';
import { memoryComponents, type MemoryComponent } from '../receipt/schema';
import { memoryParts } from './memory-parts';

/** How far one receipt was off in one respect. */
export interface Residual {
  readonly id: string;
  readonly error_pct: number;
}

/** A respect in which receipts are held against their plans, with what is known of it. */
export interface ResidualRow {
  readonly name: string;
  readonly residuals: readonly Residual[];
  /** Of the absolute errors, %. */
  readonly median: number;
  readonly worst: number;
}

/** Errors of undisturbed receipts, decode first, then each component of memory over all devices; those without any are left out. */
export function residualRows(receipts: readonly ReceiptHead[]): readonly ResidualRow[] {
  const counted = receipts.filter(({ disturbed }) => !disturbed);
  const decode = counted.flatMap(({ id, decode_error_pct: error }) =>
    error === null ? [] : [{ id, error_pct: error }],
  );
  return [
    ...rowOf('Decode', decode),
    ...memoryComponents.flatMap((component) =>
      rowOf(memoryParts[component], memoryResiduals(counted, component)),
    ),
  ];
}

function memoryResiduals(receipts: readonly ReceiptHead[], component: MemoryComponent): readonly Residual[] {
  return receipts.flatMap(({ id, memory }) =>
    memory.flatMap((row) =>
      row.component === component && row.error_pct !== null ? [{ id, error_pct: row.error_pct }] : [],
    ),
  );
}

function rowOf(name: string, residuals: readonly Residual[]): readonly ResidualRow[] {
  const sizes = spreadOf(residuals.map(({ error_pct: error }) => Math.abs(error)));
  return sizes === null ? [] : [{ name, residuals, median: sizes.median, worst: sizes.max }];
}

/** Half of the scale that all rows share, %: as wide as the widest, at least this much. */
export function scaleOf(rows: readonly ResidualRow[]): number {
  const widest = Math.max(LEAST_SCALE, ...rows.map(({ worst }) => worst));
  return scales.find((each) => each >= widest) ?? widest;
}

/** Errors of memory are fractions of a percent; a scale finer than this would make them look large. */
const LEAST_SCALE = 10;
const scales = [10, 25, 50, 100, 250, 500, 1000] as const;
