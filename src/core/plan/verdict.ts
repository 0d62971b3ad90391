import type { Model } from '../model/schema';
import { describePointer } from '../report/figure-specs';
import { formatBytes, formatInteger, formatTokenRate } from '../report/format';
import { type BackendProblem, backendProblem } from './backend-problem';
import type { Budgets, DeviceBudget } from './budgets';
import { floorEdge, memoryEdges, speedsOf } from './edge';
import type { Candidate } from './placement';
import { placeOf, reason } from './reason';
import type { MemoryRow, PlanRequest, Reason, Speed, Verdict } from './schema';
import { devicesInUse, type Settings } from './settings';
import { type StartProblem, startProblem } from './starts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/** Tokens a second that a plan must be able to reach where the user names no floor. */
export const DEFAULT_FLOOR = 1;

/**
 * What no memory or speed can mend: llama.cpp would not start so, or these cards cannot do what is asked of them. Null where there is
 * nothing of the kind. `beside`: what is wrong with what is loaded beside the model.
 */
export function judgeStart(
  model: Model,
  settings: Settings,
  devices: readonly DeviceBudget[],
  beside: StartProblem | null,
): Judgement | null {
  const used = new Set(devicesInUse(settings).map(({ name }) => name));
  const gpus = devices.filter(({ name }) => used.has(name)).map(({ gpu }) => gpu);
  const problem = startProblem(model, settings) ?? beside ?? backendProblem(model, settings, gpus);
  return problem === null ? null : { verdict: 'refuse', reasons: [startReason(problem)] };
}

function startReason({ rule, message }: StartProblem | BackendProblem): Reason {
  return { ...reason('unsupported-combination', { message }), rule };
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
  const { settings } = candidate;
  const each = contextOfEach(settings);
  if (model.context_trained === null || each <= model.context_trained) return [];
  const beyond = `A context of ${formatInteger(each)} tokens is beyond the ${formatInteger(model.context_trained)} that the model was trained for`;
  // `tools/server/server-context.cpp: n_ctx_slot`
  const capped =
    ', and llama-server gives a conversation no more than these: the rest of the cache is never used';
  const message = `${beyond}${settings.tool === 'llama-server' ? capped : ''}.`;
  return [reason('context-beyond-trained', { message })];
}

/** Tokens that one conversation may have. */
export function contextOfEach({ context, sequences, unified }: Settings): number {
  return unified ? context : Math.floor(context / sequences);
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
  if (candidate.settings.splitMode === 'row' && devicesInUse(candidate.settings).length > 1) {
    const message = 'How many rows of each matrix -sm row puts on each GPU is not known; choose -sm layer.';
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
