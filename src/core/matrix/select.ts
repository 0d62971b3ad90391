import type { GpuSpec } from '../catalog/gpus/schema';
import type { MatrixCell } from './matrix';
import type { MatrixSort } from './schema';

/** Which cells to show; null: all. */
export interface MatrixFilter {
  readonly runs: boolean | null;
  /** Percent of the card's memory that must be left. */
  readonly leastFree: number | null;
}

/** Cells that the filter lets through. */
export function filterCells(
  cells: readonly MatrixCell[],
  { runs, leastFree }: MatrixFilter,
): readonly MatrixCell[] {
  return cells.filter(
    (cell) =>
      (runs === null || (cell.status === 'RUNS') === runs) &&
      (leastFree === null || (cell.status === 'RUNS' && (cell.vram_free_percent ?? 0) >= leastFree)),
  );
}

/** Cells in another order; what is not known comes last, and equal ones stay as they were. */
export function sortCells(
  cells: readonly MatrixCell[],
  sort: MatrixSort,
  descending: boolean,
): readonly MatrixCell[] {
  const key = keys[sort];
  const direction = descending ? -1 : 1;
  return [...cells].sort((left, right) => {
    const [mine, other] = [key(left), key(right)];
    if (mine === null || other === null) return Number(mine === null) - Number(other === null);
    if (mine === other) return 0;
    return mine < other ? -direction : direction;
  });
}

const keys: Readonly<Record<MatrixSort, (cell: MatrixCell) => string | number | null>> = {
  model: ({ model }) => model,
  gpu: ({ gpu }) => gpu,
  required: ({ required_vram_gb: required }) => required,
  free: ({ vram_free_percent: free }) => free,
};

/** One model over all cards. */
export interface ModelSummary {
  readonly model: string;
  readonly required_vram_gb: number | null;
  readonly cards: number;
  readonly runs_on: number;
  /** The card with the least memory that it runs on; null where there is none. */
  readonly smallest: string | null;
  readonly warning: string | null;
}

/** What the cells say of each model, in the order in which models come. */
export function summariseModels(cells: readonly MatrixCell[]): readonly ModelSummary[] {
  const byModel = new Map<string, MatrixCell[]>();
  for (const cell of cells) {
    const own = byModel.get(cell.model);
    if (own === undefined) byModel.set(cell.model, [cell]);
    else own.push(cell);
  }
  return [...byModel].map(([model, own]) => {
    const running = own.filter(({ status }) => status === 'RUNS');
    const smallest = running.reduce<MatrixCell | null>(
      (least, cell) => (least === null || cell.gpu_vram_gb < least.gpu_vram_gb ? cell : least),
      null,
    );
    return {
      model,
      required_vram_gb: own[0]!.required_vram_gb,
      cards: own.length,
      runs_on: running.length,
      smallest: smallest?.gpu ?? null,
      warning: own[0]!.required_vram_gb === null ? own[0]!.warning : null,
    };
  });
}

/** Cards of these makers and classes; an empty list lets all through. */
export function filterGpus(
  gpus: readonly GpuSpec[],
  vendors: readonly string[],
  classes: readonly string[],
): readonly GpuSpec[] {
  return gpus.filter(
    (gpu) =>
      (vendors.length === 0 || vendors.includes(gpu.vendor)) &&
      (classes.length === 0 || classes.includes(gpu.class)),
  );
}
