import type { Model } from '../model/schema';
import { formatBytes } from '../report/format';
import { fusesOn } from './backend-problem';
import type { Budgets, DeviceBudget } from './budgets';
import { layerHomes } from './layer-homes';
import { indexOf } from './model-index';
import type { Candidate } from './placement';
import { runtimeName } from './runtime-names';
import type { ExplainedFlag, PlanRequest } from './schema';
import { devicesInUse, type Settings, type TensorOverride } from './settings';

/** Flags that say where tensors lie: `-ngl -ncmoe -ot -nkvo -dev -sm -ts -mg`, each with why it stands there. */
export function placementFlags(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
): readonly ExplainedFlag[] {
  const { settings } = candidate;
  const { layers, expertLayers } = indexOf(model);
  const ngl = flag('-ngl', String(settings.gpuLayers), layersReason(request, candidate, budgets, layers));
  if (!settings.device) {
    const needed = budgets.devices.length > 0 || budgets.leftOut.length > 0 || budgets.gpusUnknown;
    return needed ? [ngl, flag('-dev', 'none', 'Runs on the CPU alone, as counted here.')] : [ngl];
  }
  return [
    ngl,
    // the first pattern that matches wins, and -ncmoe is so many patterns
    ...overrideFlags(request, settings, budgets),
    // asked for of a model without experts it moves nothing, and yet keeps llama.cpp from working on micro-batches in turn
    ...(expertLayers > 0 || settings.cpuMoeLayers > 0
      ? [flag('-ncmoe', String(settings.cpuMoeLayers), expertsReason(request))]
      : []),
    ...(settings.offloadCache ? [] : [flag('-nkvo', null, cacheReason(model, request, settings, budgets))]),
    ...deviceFlags(model, request, settings, budgets),
  ];
}

function layersReason(request: PlanRequest, candidate: Candidate, budgets: Budgets, layers: number): string {
  const { settings, rows } = candidate;
  if (budgets.devices.length === 0) return 'No GPU to put layers on.';
  if (!settings.device) {
    return request.objective === 'least-vram'
      ? 'It is fast enough without a GPU.'
      : 'The GPU is too small to help.';
  }
  if (request.gpu_layers !== null) return 'Layers on the GPU, as asked.';
  if (settings.gpuLayers > layers) {
    return rows.length > 2
      ? 'Every layer and the output on the GPUs.'
      : 'Every layer and the output on the GPU.';
  }
  if (request.objective === 'least-vram') return `The fewest of ${layers + 1} that are fast enough.`;
  const given = rows.slice(0, -1).map((row) => formatBytes(row.budget_bytes));
  return given.length > 1
    ? `As many of ${layers + 1} as fit in the ${given.join(', ')} that the GPUs have to give.`
    : `As many of ${layers + 1} as fit in the ${given[0]} that the GPU has to give.`;
}

function expertsReason(request: PlanRequest): string {
  return request.cpu_moe_layers === null
    ? 'The fewest layers whose experts must stay in host memory.'
    : 'Layers whose experts stay in host memory, as asked.';
}

function cacheReason(model: Model, request: PlanRequest, settings: Settings, { devices }: Budgets): string {
  if (request.offload_cache === false) return 'The cache stays in host memory, as asked.';
  const { keyType, valueType, flashAttention } = settings;
  const gpus = devices.map(({ gpu }) => gpu);
  return !flashAttention || fusesOn(model, keyType, valueType, gpus)
    ? 'The cache stays in host memory, so that more of the weights fit on the GPU.'
    : 'The cache stays in host memory, where attention over it can be computed.';
}

/** One `-ot` for all patterns, in their order; llama-bench separates them by `;`. */
function overrideFlags(request: PlanRequest, settings: Settings, budgets: Budgets): readonly ExplainedFlag[] {
  if (settings.overrides.length === 0) return [];
  const pairs = settings.overrides.map((one) => `${one.pattern.source}=${bufferOf(one, settings, budgets)}`);
  const why =
    request.overrides.length > 0
      ? 'Tensors placed by name, as asked.'
      : 'Parts of a layer that no longer fit where the rest of it lies.';
  return [flag('-ot', pairs.join(','), why)];
}

function bufferOf({ home }: TensorOverride, settings: Settings, budgets: Budgets): string {
  if (home === 'host') return 'CPU';
  const device = deviceAt(home, settings, budgets);
  return (device === null ? null : runtimeName(device)) ?? settings.devices[home]!.name;
}

function deviceAt(home: number, settings: Settings, budgets: Budgets): DeviceBudget | null {
  const name = settings.devices[home]?.name;
  return budgets.devices.find((device) => device.name === name) ?? null;
}

function deviceFlags(
  model: Model,
  request: PlanRequest,
  settings: Settings,
  budgets: Budgets,
): readonly ExplainedFlag[] {
  const names = settings.devices.map((_, home) => {
    const device = deviceAt(home, settings, budgets);
    return device === null ? null : runtimeName(device);
  });
  const known = names.every((name) => name !== null);
  const several = devicesInUse(settings).length > 1;
  return [
    ...(known ? [flag('-dev', names.join(','), devicesReason(request, settings, budgets))] : []),
    flag('-sm', several ? settings.splitMode : (request.split_mode ?? 'none'), splitReason(request, several)),
    ...(several && settings.tensorSplit !== null
      ? [flag('-ts', settings.tensorSplit.join(','), sharesReason(model, request, settings))]
      : []),
    flag('-mg', String(settings.mainDevice), 'The first of these devices.'),
  ];
}

function devicesReason(request: PlanRequest, settings: Settings, budgets: Budgets): string {
  const listed = settings.devices.every(
    (_, home) => (deviceAt(home, settings, budgets)?.listed ?? null) !== null,
  );
  const named = listed ? 'as the llama-server here lists them' : 'counted in PCI order';
  if (request.devices !== null) return `The devices that were asked for, ${named}.`;
  return devicesInUse(settings).length > 1
    ? `The devices that share the layers, in this order, ${named}.`
    : `The one device that holds the layers, ${named}.`;
}

function splitReason(request: PlanRequest, several: boolean): string {
  if (request.split_mode !== null) return 'As asked.';
  return several ? 'Whole layers on each device.' : 'One device, nothing to split.';
}

function sharesReason(model: Model, request: PlanRequest, settings: Settings): string {
  if (request.tensor_split !== null) return 'Shares of the layers, as asked.';
  const counts = layerCounts(model, settings);
  const each = devicesInUse(settings).map(({ name }, home) => `${counts[home]} on ${name}`);
  return `Layers by device: ${each.join(', ')}.`;
}

/** Layers on each device in use, the output counted as one. */
export function layerCounts(model: Model, settings: Settings): readonly number[] {
  const homes = layerHomes(indexOf(model).layers, settings);
  const counts = devicesInUse(settings).map(() => 0);
  for (const home of [...homes.blocks, homes.output]) if (home < counts.length) counts[home]!++;
  return counts;
}

function flag(name: string, value: string | null, reason: string): ExplainedFlag {
  return { flag: name, value, reason };
}
