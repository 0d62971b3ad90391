import type { MemoryRow, Plan, Speed, Verdict } from '../plan/schema';
import { formatInteger, formatTokenRate } from './format';
import { nameWithQuant } from './name-with-quant';

/** The components of memory in the order that every report shows them. */
export const components = [
  { key: 'model_bytes', title: 'Weights' },
  { key: 'context_bytes', title: 'Context' },
  { key: 'compute_bytes', title: 'Compute' },
  { key: 'output_bytes', title: 'Output' },
  { key: 'overhead_bytes', title: 'Overhead' },
] as const;

/** The verdict as one word for the head of a report. */
export function verdictWord(verdict: Verdict): string {
  return verdict.toUpperCase();
}

/** What a plan is of: the model's name, with its quantisation where the name does not say it. */
export function planTitle({ model }: Plan): string {
  return nameWithQuant(model);
}

/** What was chosen, in one line. */
export function placementLine({ placement, request }: Plan): string {
  const keys = placement.kv_type_k ?? request.kv_type_k;
  const values = placement.kv_type_v ?? request.kv_type_v;
  const kv = keys === values ? keys : `${keys}/${values} (K/V)`;
  return [
    `context ${formatInteger(placement.context)}`,
    request.parallel > 1 ? `${request.parallel} sequences` : null,
    `KV ${kv}`,
    layersPart(placement),
    placement.cpu_moe_layers > 0 ? `experts of ${placement.cpu_moe_layers} layers in host memory` : null,
    placement.offload_cache ? null : 'KV cache in host memory',
    placement.threads === null ? null : `${placement.threads} threads`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

function layersPart({ gpu_layers: layers, devices }: Plan['placement']): string {
  if (devices.length < 2) return `${layers} layers on GPU`;
  const each = devices.map(({ device, layers: own }) => `${own} on ${device}`);
  return `${layers} layers on GPUs (${each.join(', ')})`;
}

/** A device's name for the head of a table: `gpu0 NVIDIA GeForce RTX 4090`. */
export function deviceTitle(row: MemoryRow): string {
  return row.name === null ? row.device : `${row.device} ${row.name}`;
}

/** Share of its budget that a device would use; null where either is unknown, and 2 where there is none to use. */
export function shareOfBudget({ total_bytes, budget_bytes }: MemoryRow): number | null {
  if (total_bytes === null || budget_bytes === null) return null;
  if (budget_bytes === 0) return total_bytes === 0 ? 0 : 2;
  return total_bytes / budget_bytes;
}

/** The forecast for one cell of a list. */
export function shortSpeed(speed: Speed): string {
  return speed.forecast_tok_s === null ? 'unknown' : formatTokenRate(speed.forecast_tok_s);
}

/** Bytes over all devices; null where one is unknown or there is none. */
export function totalBytes(rows: readonly MemoryRow[]): number | null {
  if (rows.length === 0) return null;
  let total = 0;
  for (const row of rows) {
    if (row.total_bytes === null) return null;
    total += row.total_bytes;
  }
  return total;
}
