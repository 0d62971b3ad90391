import type { Model } from '../model/schema';
import { fusesOn } from '../plan/backend-problem';
import type { DeviceBudget } from '../plan/budgets';
import { looksBothWays } from '../plan/compute/drawing/encoder';
import { isQuantised } from '../plan/kv-cache';
import type { Settings, TensorOverride } from '../plan/settings';
import { fromMib } from '../units';
import type { ArgumentProblem, DraftArguments, ExactArguments, WrittenOverride } from './arguments';
import { ArgumentsError } from './arguments-error';
import { deviceCalled, usualDevices } from './device-budgets';
import { patternOf } from './read-values';

/** Settings that arguments mean on a machine, and the GPUs they use, in llama.cpp's order. */
export interface ExactSettings {
  readonly settings: Settings;
  readonly devices: readonly DeviceBudget[];
}

/** What llama.cpp would allocate by. Throws ArgumentsError where a device is not there or the context follows from nothing. */
export function exactSettings(
  model: Model,
  given: ExactArguments,
  budgets: readonly DeviceBudget[] | null,
): ExactSettings {
  const devices = devicesOf(given, given.devices, budgets);
  const context = given.context ?? model.context_trained;
  if (context === null || context <= 0)
    throw problem(given, '-c', 'The model does not say what context it was trained for; give one with -c.');
  return {
    devices,
    settings: {
      tool: given.tool,
      context,
      sequences: given.sequences,
      unified: given.unified,
      keyType: given.keyType,
      valueType: given.valueType,
      flashAttention: fuses(model, given, devices),
      flashAttentionAuto: given.flashAttention === 'auto',
      batch: given.batch,
      // the batch of what attends to the past is no larger than the context (`src/llama-context.cpp`)
      microBatch: looksBothWays(model) ? given.microBatch : Math.min(given.microBatch, context),
      ...placed(given, devices, budgets ?? []),
      tensorSplit: given.tensorSplit,
      splitMode: given.splitMode === 'tensor' ? 'layer' : given.splitMode,
      mainDevice: 0,
      fullWindow: given.fullWindow,
      offloadCache: given.offloadCache,
      offloadOperations: given.offloadOperations,
      repack: given.repack,
    },
  };
}

/** `-fa auto` goes without where the cards cannot, unless the V cache needs it (`llama_init_from_model`). */
function fuses(model: Model, given: ExactArguments, devices: readonly DeviceBudget[]): boolean {
  const { flashAttention, keyType, valueType, gpuLayers } = given;
  if (flashAttention !== 'auto' || isQuantised(valueType) || gpuLayers === 0) return flashAttention !== 'off';
  const gpus = devices.map(({ gpu }) => gpu);
  return fusesOn(model, keyType, valueType, gpus);
}

/**
 * What a draft model is loaded with (`common/speculative.cpp: common_base_params_to_speculative`): the main model's context,
 * sequences and batches, cache types and placement of its own.
 */
export function draftSettings(
  main: Settings,
  given: ExactArguments,
  draft: DraftArguments,
  budgets: readonly DeviceBudget[] | null,
): ExactSettings {
  const devices = devicesOf(given, draft.devices ?? given.devices, budgets);
  return {
    devices,
    settings: {
      ...main,
      keyType: draft.keyType,
      valueType: draft.valueType,
      ...placed({ ...given, ...draft }, devices, budgets ?? []),
    },
  };
}

type Placement = Pick<ExactArguments, 'argv' | 'gpuLayers' | 'cpuMoeLayers' | 'overrides'>;

function placed(
  given: Placement,
  devices: readonly DeviceBudget[],
  all: readonly DeviceBudget[],
): Pick<Settings, 'device' | 'devices' | 'gpuLayers' | 'cpuMoeLayers' | 'overrides'> {
  return {
    device: devices.length > 0,
    devices: devices.map(({ name, gpu }) => ({ name, freeBytes: fromMib(gpu.vram_free_mib) })),
    gpuLayers: typeof given.gpuLayers === 'number' ? given.gpuLayers : -1,
    cpuMoeLayers: given.cpuMoeLayers,
    overrides: given.overrides.map((override) => placedOverride(given, override, devices, all)),
  };
}

/** With `-sm none` the main device alone, with one below zero none (`src/llama.cpp: llama_prepare_model_devices`). */
function devicesOf(
  given: ExactArguments,
  names: readonly string[] | null,
  budgets: readonly DeviceBudget[] | null,
): readonly DeviceBudget[] {
  const all = budgets ?? [];
  const listed = names === null ? usualDevices(all) : names.map((name) => named(given, name, budgets));
  if (given.splitMode !== 'none' || listed.length === 0) return listed;
  if (given.mainDevice < 0) return [];
  const main = listed[given.mainDevice];
  if (main === undefined) {
    throw problem(
      given,
      '-mg',
      `-mg ${given.mainDevice} names a device that is not there: ${listed.length === 1 ? 'there is one, 0' : `there are ${listed.length}, counted from 0`}.`,
    );
  }
  return [main];
}

function named(given: ExactArguments, name: string, budgets: readonly DeviceBudget[] | null): DeviceBudget {
  const found = deviceCalled(name, budgets ?? []);
  if (found !== null) return found;
  const why =
    budgets === null
      ? 'which GPUs this machine has could not be found out'
      : 'the profile has no such device';
  throw problem(given, '-dev', `The device ${name} cannot be judged: ${why}.`);
}

function placedOverride(
  given: Placement,
  { pattern, buffer }: WrittenOverride,
  devices: readonly DeviceBudget[],
  all: readonly DeviceBudget[],
): TensorOverride {
  const expression = patternOf(pattern)!;
  if (/^cpu$/iu.test(buffer)) return { pattern: expression, home: 'host' };
  const device = deviceCalled(buffer, all);
  if (device === null || !devices.includes(device)) {
    throw problem(
      given,
      '-ot',
      `The buffer ${buffer} of ${pattern}=${buffer} is none that these arguments use.`,
    );
  }
  return { pattern: expression, home: devices.indexOf(device) };
}

function problem(given: Pick<ExactArguments, 'argv'>, option: string, message: string): ArgumentsError {
  const position = given.argv.indexOf(option);
  const found: ArgumentProblem = { argument: option, position, message };
  return new ArgumentsError([found]);
}
