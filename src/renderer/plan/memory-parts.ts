import type { MemoryRow } from '../../core/plan/schema';

/** The parts of a device's load, in the order in which they are stowed. */
export const memoryParts = [
  { field: 'model_bytes', name: 'Model', colour: 'var(--part-model)' },
  { field: 'context_bytes', name: 'Context', colour: 'var(--part-context)' },
  { field: 'compute_bytes', name: 'Compute', colour: 'var(--part-compute)' },
  { field: 'output_bytes', name: 'Output', colour: 'var(--part-output)' },
  { field: 'overhead_bytes', name: 'Overhead', colour: 'var(--part-overhead)' },
] as const;

export type MemoryPart = (typeof memoryParts)[number];

/** A part as it is drawn: from where to where, in percent of the bar's length. */
export interface Stowage {
  readonly part: MemoryPart;
  readonly bytes: number | null;
  readonly left: number;
  readonly width: number;
}

export interface LoadPicture {
  readonly stowed: readonly Stowage[];
  /** Where the load line stands; null where the budget is not known. */
  readonly line: number | null;
  /** Where the known load ends, in percent. */
  readonly end: number;
  readonly knownBytes: number;
  readonly missing: readonly MemoryPart[];
  /** Bytes that the whole bar stands for; 0 where it has no scale. */
  readonly length: number;
}

/** Where the line stands while the load is below it: always at the same place, so that bars compare at a glance. */
const LINE_AT = 86;
/** How much of the bar a part gets whose size is not known: enough to be seen and named. */
const UNKNOWN_WIDTH = 8;

/** How a device's row is drawn as a bar that is loaded to a line. */
export function drawLoad(row: MemoryRow): LoadPicture {
  const known = memoryParts.reduce((sum, { field }) => sum + (row[field] ?? 0), 0);
  const missing = memoryParts.filter(({ field }) => row[field] === null);
  const room = 100 - missing.length * UNKNOWN_WIDTH;
  const scale = scaleOf(known, row.budget_bytes, room);
  let left = 0;
  const stowed = memoryParts.map((part) => {
    const bytes = row[part.field];
    const width = bytes === null ? UNKNOWN_WIDTH : bytes * scale;
    const stowage = { part, bytes, left, width };
    left += width;
    return stowage;
  });
  const line = row.budget_bytes === null ? null : Math.min(row.budget_bytes * scale, 100);
  return { stowed, line, end: left, knownBytes: known, missing, length: scale === 0 ? 0 : 100 / scale };
}

/** Percent of the bar a byte: the line at its place, or further in where the load needs the length. */
function scaleOf(known: number, budget: number | null, room: number): number {
  const byLoad = known === 0 ? Number.POSITIVE_INFINITY : room / known;
  const byBudget = budget === null || budget === 0 ? Number.POSITIVE_INFINITY : LINE_AT / budget;
  const scale = Math.min(byLoad, byBudget);
  return Number.isFinite(scale) ? scale : 0;
}
