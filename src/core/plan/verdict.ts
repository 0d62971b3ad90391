import type { Model } from '../model/schema';
import { describePointer } from '../report/figure-specs';
import { formatBytes, formatInteger, formatTokenRate } from '../report/format';
import type { Budgets } from './budgets';
import { isQuantised } from './kv-cache';
import { floorEdge, memoryEdges, speedsOf } from './edge';
import type { Candidate } from './placement';
import { placeOf, reason } from './reason';
import type { KvType, MemoryRow, PlanRequest, Reason, Speed, Verdict } from './schema';
import { devicesInUse } from './settings';

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/** Tokens a second that a plan must be able to reach where the user names no floor. */
export const DEFAULT_FLOOR = 1;

/** What no memory or speed can mend: llama.cpp refuses to start so. Null where there is nothing of the kind. */
export function judgeCombination(model: Model, request: PlanRequest): Judgement | null {
  const message = combinationProblem(model, request);
  if (message === null) return null;
  return { verdict: 'refuse', reasons: [reason('unsupported-combination', { message })] };
}

/** `src/llama-context.cpp: llama_init_from_model`. */
function combinationProblem(model: Model, request: PlanRequest): string | null {
  const { kv_type_k, kv_type_v, flash_attention } = request;
  if (kv_type_k !== kv_type_v && isLatent(model)) {
    return `This model keeps K and V in one cache, which cannot be ${kv_type_k} and ${kv_type_v} at once.`;
  }
  if (!flash_attention) {
    if (!isQuantised(kv_type_v)) return null;
    return `A V cache of type ${kv_type_v} needs flash attention, which is switched off.`;
  }
  const { key, value } = headWidths(model);
  if (!holdsBlocks(kv_type_k, key)) return blocksProblem('K', kv_type_k);
  return holdsBlocks(kv_type_v, value) ? null : blocksProblem('V', kv_type_v);
}

/** Multi-head latent attention (`src/llama-hparams.cpp: is_mla`). */
function isLatent({ metadata, architecture }: Model): boolean {
  const widths = ['key_length_mla', 'value_length_mla'];
  return widths.every((name) => Number(metadata[`${architecture}.attention.${name}`] ?? 0) > 0);
}

/** Elements that share a scale in every quantised cache type. */
const BLOCK = 32;

function holdsBlocks(type: KvType, widths: readonly number[]): boolean {
  return !isQuantised(type) || widths.every((width) => width % BLOCK === 0);
}

function blocksProblem(cache: 'K' | 'V', type: KvType): string {
  return `A ${cache} cache of type ${type} holds numbers in blocks of ${BLOCK}, which this model's heads do not divide into.`;
}

/** Widths of the heads that a cache holds; layers with a window may have their own. */
function headWidths(model: Model): { key: readonly number[]; value: readonly number[] } {
  return {
    key: [model.attention.key_length, windowedWidth(model, 'key_length')].flatMap(orNothing),
    value: [model.attention.value_length, windowedWidth(model, 'value_length')].flatMap(orNothing),
  };
}

function windowedWidth(model: Model, name: string): number | null {
  const width = model.metadata[`${model.architecture}.attention.${name}_swa`];
  return typeof width === 'number' ? width : null;
}

function orNothing(width: number | null): readonly number[] {
  return width === null ? [] : [width];
}

/** Memory first, then the floor (design: "Rules that settle questions"). `paged`: host bytes that may stay on the disk. */
export function judge(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
  decode: Speed,
  paged: number,
): Judgement {
  const unknown = unknownReasons(model, request, candidate, budgets);
  const over = candidate.rows.flatMap((row) => overBudget(row, paged));
  if (over.length > 0 && mayRefuse(request, budgets, unknown))
    return {
      verdict: 'refuse',
      reasons: [...over, ...memoryEdges(candidate, request, budgets, paged), ...unknown],
    };
  if (unknown.length > 0 || over.length > 0) return { verdict: 'unknown', reasons: [...unknown, ...over] };
  const fits = [...candidate.rows.map((row) => fitsReason(row, paged)), ...contextReasons(model, candidate)];
  const slow = floorReason(request, decode);
  const edges = [
    ...memoryEdges(candidate, request, budgets, paged),
    ...floorEdge(request.floor_tok_s ?? DEFAULT_FLOOR, decode),
  ];
  if (slow === null) return { verdict: 'ship', reasons: [...edges, ...fits] };
  return { verdict: slow.code === 'below-floor' ? 'refuse' : 'unknown', reasons: [slow, ...fits] };
}

/** An overfull host settles nothing while a GPU that nobody could look for might take the load. */
function mayRefuse(request: PlanRequest, budgets: Budgets, unknown: readonly Reason[]): boolean {
  return unknown.length === 0 && (!budgets.gpusUnknown || request.gpu_layers === 0);
}

function overBudget(row: MemoryRow, paged: number): readonly Reason[] {
  if (row.total_bytes === null || row.budget_bytes === null) return [];
  const needed = row.device === 'host' ? row.total_bytes - paged : row.total_bytes;
  const short = needed - row.budget_bytes;
  if (short <= 0) return [];
  const message = `${placeOf(row)} would need ${formatBytes(needed)} and may use ${formatBytes(row.budget_bytes)}: ${formatBytes(short)} short.`;
  return [reason('over-budget', { device: row.device, bytes: short, message })];
}

function fitsReason(row: MemoryRow, paged: number): Reason {
  const needed = row.device === 'host' ? row.total_bytes! - paged : row.total_bytes!;
  const free = row.budget_bytes! - needed;
  const message = `${placeOf(row)} takes ${formatBytes(needed)} of ${formatBytes(row.budget_bytes)}: ${formatBytes(free)} to spare.`;
  return reason('fits', { device: row.device, bytes: free, message });
}

function contextReasons(model: Model, candidate: Candidate): readonly Reason[] {
  const { context } = candidate.settings;
  if (model.context_trained === null || context <= model.context_trained) return [];
  const message = `A context of ${formatInteger(context)} tokens is beyond the ${formatInteger(model.context_trained)} that the model was trained for.`;
  return [reason('context-beyond-trained', { message })];
}

function unknownReasons(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
): readonly Reason[] {
  const reasons: Reason[] = [];
  if (model.layers === null) {
    const name = model.architecture ?? 'of this model';
    const message = `What the architecture ${name} keeps per token is not known to this version, so its memory is not either.`;
    reasons.push(reason('unknown-architecture', { message }));
  } else if (model.tensors.length === 0) {
    const message = 'The file holds no weights, so what the model would take is not known.';
    reasons.push(reason('unknown-memory', { message }));
  } else if (candidate.rows.some((row) => row.total_bytes === null)) {
    const message =
      'The file does not say how wide the model is or how large its vocabulary, so its compute buffers are not known.';
    reasons.push(reason('unknown-memory', { message }));
  }
  if (budgets.host.bytes === null) {
    const message =
      'How much host memory is free was not measured; run `plimsoll probe` on the machine that will run the model.';
    reasons.push(reason('missing-measurement', { device: 'host', field: budgets.host.field, message }));
  }
  for (const { name } of devicesInUse(candidate.settings)) {
    const device = budgets.devices.find((one) => one.name === name);
    if (device === undefined || device.bytes !== null) continue;
    const message = `How much memory of ${device.gpu.name ?? name} is free was not measured; run \`plimsoll probe\` where its driver can be asked.`;
    reasons.push(reason('missing-measurement', { device: name, field: device.field, message }));
  }
  const wantsGpus = (request.gpu_layers ?? 0) > 0 || (request.devices ?? []).length > 0;
  if (budgets.gpusUnknown && (candidate.short !== 0 || wantsGpus)) {
    const message =
      'Which GPUs there are could not be found out, and without one this does not fit; run `plimsoll probe` where the driver can be asked.';
    reasons.push(reason('missing-measurement', { field: '/hardware/gpus', message }));
  }
  return reasons;
}

/** Null where the floor is met, or where nobody asked and the speed is unknown. */
function floorReason(request: PlanRequest, decode: Speed): Reason | null {
  const floor = request.floor_tok_s ?? DEFAULT_FLOOR;
  if (decode.high_tok_s === null) {
    if (request.floor_tok_s === null) return null;
    const field = decode.missing[0] ?? null;
    const message = `Whether ${formatTokenRate(floor)} are reached is not known; missing: ${field === null ? 'a bandwidth' : describePointer(field)}.`;
    return reason('missing-measurement', { field, message });
  }
  if (decode.high_tok_s >= floor) return null;
  const message = `At best ${formatTokenRate(decode.high_tok_s)} are to be expected, below the floor of ${formatTokenRate(floor)}.`;
  return reason('below-floor', { ...speedsOf(floor, decode), message });
}
