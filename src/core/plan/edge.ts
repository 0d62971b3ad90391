import { formatBytes, formatRate, formatTokenRate } from '../report/format';
import { type Bytes, MIB } from '../units';
import type { Budgets } from './budgets';
import type { Candidate } from './placement';
import { placeOf, reason } from './reason';
import type { MemoryRow, PlanRequest, Reason, Speed } from './schema';

/** What a plan's compute buffers may be off by where the graph is followed: 5 % or 16 MiB (docs/spec/compute-buffers.md). */
const GRAPH_SHARE = 0.05;
const LEAST_TOLERANCE: Bytes = 16 * MIB;
/** A device's context that was not measured is taken at the upper end of what is reported, 320 to 750 MiB. */
const ASSUMED_OVERHEAD: Bytes = (750 - 320) * MIB;

/**
 * Says where what is to spare, or short, is less than the plan may be off by; `paged` bytes of the host may lie on the disk. A GPU
 * that is filled to the brim is at no edge while the host has room for what might not fit there, and the plan may put it there.
 */
export function memoryEdges(
  candidate: Candidate,
  request: PlanRequest,
  budgets: Budgets,
  paged: Bytes,
): readonly Reason[] {
  const edges = candidate.rows.flatMap((row) => edgeOf(row, candidate, budgets, paged) ?? []);
  const host = edges.find(({ row }) => row.device === 'host');
  const excess = edges.reduce((sum, { spare, off }) => sum + (spare < 0 ? Infinity : off - spare), 0);
  const room = spareOf(candidate.rows.at(-1)!, paged) ?? 0;
  if (host === undefined && isFree(request) && room >= excess) return [];
  return edges.map(({ row, spare, off }) => {
    const what = spare >= 0 ? `${formatBytes(spare)} to spare` : `${formatBytes(Math.abs(spare))} short`;
    const message = `${placeOf(row)} is at the edge: ${what}, and the plan may be off by ${formatBytes(off)}.`;
    return reason('at-the-edge', { device: row.device, bytes: Math.abs(spare), message });
  });
}

/** Whether the plan may move weights to the host. */
function isFree({ gpu_layers, cpu_moe_layers, tensor_split, overrides }: PlanRequest): boolean {
  return gpu_layers === null && cpu_moe_layers === null && tensor_split === null && overrides.length === 0;
}

interface Edge {
  readonly row: MemoryRow;
  /** Negative: short. */
  readonly spare: Bytes;
  readonly off: Bytes;
}

function edgeOf(row: MemoryRow, candidate: Candidate, budgets: Budgets, paged: Bytes): Edge | null {
  const spare = spareOf(row, paged);
  if (spare === null) return null;
  const off = toleranceOf(row, candidate, budgets);
  // An upper bound is never too low, so what fits by it fits.
  const fits = spare >= 0 && candidate.parts.computeBasis === 'bound';
  return fits || Math.abs(spare) >= off ? null : { row, spare, off };
}

function spareOf(row: MemoryRow, paged: Bytes): Bytes | null {
  if (row.total_bytes === null || row.budget_bytes === null) return null;
  return row.budget_bytes - row.total_bytes + (row.device === 'host' ? paged : 0);
}

function toleranceOf(row: MemoryRow, { parts }: Candidate, { devices }: Budgets): Bytes {
  const compute = row.compute_bytes ?? 0;
  const graph = parts.computeBasis === 'bound' ? compute : Math.max(LEAST_TOLERANCE, GRAPH_SHARE * compute);
  const assumed = devices.find(({ name }) => name === row.device)?.overheadBasis === 'assumed';
  return Math.round(graph + (assumed ? ASSUMED_OVERHEAD : 0));
}

/** Says where the floor lies inside the forecast's interval: it may be reached, or not. */
export function floorEdge(floor: number, decode: Speed): readonly Reason[] {
  const { low_tok_s: low, high_tok_s: high } = decode;
  if (low === null || high === null || floor <= low || floor > high) return [];
  const message = `The floor of ${formatTokenRate(floor)} lies inside what is to be expected, ${formatRate(low)} to ${formatTokenRate(high)}: it may be missed.`;
  return [reason('at-the-edge', { ...speedsOf(floor, decode), message })];
}

/** Floor and forecast as a reason carries them. */
export function speedsOf(floor: number, decode: Speed): Partial<Reason> {
  return {
    floor_tok_s: floor,
    forecast_tok_s: decode.forecast_tok_s,
    low_tok_s: decode.low_tok_s,
    high_tok_s: decode.high_tok_s,
  };
}
