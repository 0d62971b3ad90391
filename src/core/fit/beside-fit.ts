import { experienceOf } from '../calibration/experience';
import type { Calibration } from '../calibration/schema';
import { usualDevices } from '../exact/device-budgets';
import type { Model } from '../model/schema';
import { budgetsOf, type DeviceBudget, deviceBudgets } from '../plan/budgets';
import { besideBytes, type Companions, noCompanions } from '../plan/companions';
import { partsOf } from '../plan/memory';
import { runtimeName } from '../plan/runtime-names';
import type { Plan, PlanRequest } from '../plan/schema';
import { type Settings, settingsOf } from '../plan/settings';
import { forecastDecode } from '../plan/speed/decode';
import type { Profile } from '../profile/schema';
import { type Bytes, fromGib, MIB, sumKnown } from '../units';
import { fitArguments } from './fit-arguments';
import { fitModel } from './fit-model';
import { type FitQuestion, type FitResult, SMALLEST_CONTEXT } from './fit-question';
import type { Fit, FitRow } from './schema';

/**
 * The plan with what `--fit` would choose for the same request beside it; as it is where arguments were judged, and for the embedded
 * runtime, which has no `--fit`.
 */
export function withFit(
  plan: Plan,
  model: Model,
  profile: Profile,
  companions: Companions = noCompanions,
  calibration: Calibration | null = null,
): Plan {
  return plan.exact === null && plan.request.runtime === 'llama-server'
    ? { ...plan, fit: besideFit(plan, model, profile, companions, calibration) }
    : plan;
}

/** What `--fit` would choose for a plan's request, with memory and speed held against the plan's. */
export function besideFit(
  plan: Plan,
  model: Model,
  profile: Profile,
  companions: Companions = noCompanions,
  calibration: Calibration | null = null,
): Fit {
  const budgets = deviceBudgets(profile, plan.request);
  if (budgets === null) return unknownFit('Which GPUs there are is not known.');
  const devices = usualDevices(budgets);
  const unmeasured = devices.find(({ bytes }) => bytes === null);
  if (unmeasured !== undefined)
    return unknownFit(`How much memory of ${unmeasured.name} is free is not known.`);
  const question = fitQuestion(model, profile, plan, devices, companions);
  const result = fitModel(question);
  if (result.kind === 'unknown') return unknownFit(result.reason);
  return {
    ...described(model, result, devices),
    ...judged(model, profile, plan, result.settings, devices),
    decode_tok_s: decodeOf(model, profile, plan, result.settings, calibration),
    open_context: openContext(plan.request, question),
  };
}

function unknownFit(reason: string): Fit {
  return {
    state: 'unknown',
    reason,
    arguments: [],
    gpu_layers: null,
    partial_layers: null,
    rows: [],
    over_budget: [],
    decode_tok_s: null,
    planned_decode_tok_s: null,
    open_context: null,
  };
}

/** The request as llama-server would get it with `--fit on`: what the user fixed is set, everything else left open. */
function fitQuestion(
  model: Model,
  profile: Profile,
  plan: Plan,
  devices: readonly DeviceBudget[],
  companions: Companions,
): FitQuestion {
  const { request } = plan;
  const moe = request.cpu_moe_layers ?? 0;
  const settings = settingsOf(model, request, {
    context: plan.placement.context,
    devices: devices.map(({ name, gpu }) => ({
      name,
      freeBytes: gpu.vram_free_mib === null ? null : gpu.vram_free_mib * MIB,
    })),
    gpuLayers: request.gpu_layers ?? -1,
    cpuMoeLayers: moe,
  });
  const beside = besideBytes(companions, settings, model).devices;
  const margin = Math.ceil((request.margin_mib + request.reserve_mib) * MIB);
  return {
    model,
    settings,
    devices: devices.map(({ bytes, overhead }, position) => ({
      // the driver's context is there when llama.cpp asks how much is free
      freeBytes: bytes! + margin - overhead,
      marginBytes: margin + (beside[position] ?? 0),
    })),
    hostBytes: fromGib(profile.hardware.memory.ram_total_gib ?? profile.hardware.memory.ram_available_gib),
    hostMarginBytes: margin,
    context: settings.context,
    smallestContext: SMALLEST_CONTEXT,
    given: { gpuLayers: request.gpu_layers !== null, tensorSplit: false, overrides: moe > 0 },
  };
}

type Described = Pick<Fit, 'state' | 'reason' | 'arguments' | 'gpu_layers' | 'partial_layers'>;

function described(
  model: Model,
  result: Exclude<FitResult, { kind: 'unknown' }>,
  devices: readonly DeviceBudget[],
): Described {
  const names = devices.map((device) => runtimeName(device) ?? device.name);
  const layers = result.kind === 'changed' ? (result.layers ?? []) : [];
  return {
    state: result.kind,
    reason: reasonOf(result),
    arguments: [...(fitArguments(model, result, names) ?? [])],
    gpu_layers: result.settings.gpuLayers < 0 ? null : result.settings.gpuLayers,
    partial_layers: layers.reduce((sum, { partial }) => sum + partial, 0),
  };
}

function reasonOf(result: FitResult): string | null {
  if (result.kind === 'failed') return `--fit gives up (${result.reason}) and starts with what is set.`;
  return result.kind === 'unchanged' ? 'Everything fits as it is.' : null;
}

type Judged = Pick<Fit, 'rows' | 'over_budget' | 'planned_decode_tok_s'>;

/** Memory and speed of its choice, counted as the plan counts its own. */
function judged(
  model: Model,
  profile: Profile,
  plan: Plan,
  settings: Settings,
  devices: readonly DeviceBudget[],
): Judged {
  const rows = rowsOf(model, profile, plan, settings, devices);
  const over = rows.filter(
    ({ total_bytes: total, budget_bytes: budget }) => total !== null && budget !== null && total > budget,
  );
  return {
    rows,
    over_budget: over.map(({ device }) => device),
    planned_decode_tok_s: plan.decode.forecast_tok_s,
  };
}

/** By the formulas of the plan, with what receipts taught of placements like this one. */
function decodeOf(
  model: Model,
  profile: Profile,
  { placement: { threads } }: Plan,
  settings: Settings,
  calibration: Calibration | null,
): number | null {
  if (model.layers === null) return null;
  const learnt = experienceOf(calibration, model, settings, { profile, threads, build: null });
  return forecastDecode(model, profile, settings, 0, null, learnt.decode, threads).forecast_tok_s;
}

function rowsOf(
  model: Model,
  profile: Profile,
  plan: Plan,
  settings: Settings,
  devices: readonly DeviceBudget[],
): FitRow[] {
  const plannedOf = (device: string): Bytes | null => {
    const row = plan.memory.find((each) => each.device === device);
    return row === undefined ? 0 : row.total_bytes;
  };
  // prompt cache, checkpoints and companions: the server's, wherever the layers are
  const hostOverhead = plan.memory.find(({ device }) => device === 'host')?.overhead_bytes ?? null;
  return partsOf(model, settings).rows.map((parts, home) => {
    const device = devices[home];
    const overhead = device === undefined ? hostOverhead : device.overhead;
    return {
      device: parts.device,
      total_bytes: sumKnown([parts.model, parts.context, parts.compute, parts.output, overhead]),
      planned_bytes: plannedOf(parts.device),
      budget_bytes: device === undefined ? budgetsOf(profile, plan.request).host.bytes : device.bytes,
    };
  });
}

/** Where the user named no context: what `--fit` would have taken. */
function openContext(request: PlanRequest, question: FitQuestion): number | null {
  if (request.context !== null) return null;
  const result = fitModel({ ...question, context: null });
  return result.kind === 'unknown' || result.kind === 'failed' ? null : result.settings.context;
}
