import type { Model } from '../model/schema';
import { type Bytes, MIB, sumKnown } from '../units';
import type { Budgets } from './budgets';
import { type BesideBytes, besideBytes, type Companions } from './companions';
import {
  checkpointBytes,
  memoryRows,
  partsOf,
  promptCacheBytes,
  repackBytes,
  type Parts,
  type PartsPrecision,
  type ServerExtras,
} from './memory';
import { indexOf } from './model-index';
import type { MemoryRow, PlanRequest } from './schema';
import { type Device, devicesInUse, type Settings, settingsOf } from './settings';

/** One complete choice, with what it takes. */
export interface Candidate {
  readonly settings: Settings;
  readonly rows: readonly MemoryRow[];
  readonly parts: Parts;
  readonly extras: ServerExtras;
  /** Whether llama.cpp's repacking is switched off so that the model fits. */
  readonly noRepack: boolean;
  /** Bytes over the budgets, summed; null where a row or a budget is not known. */
  readonly short: Bytes | null;
}

/** What a plan is made for. */
export interface Question {
  readonly model: Model;
  readonly request: PlanRequest;
  readonly budgets: Budgets;
  readonly features: readonly string[] | null;
  readonly companions: Companions;
}

interface Split {
  readonly devices: readonly Device[];
  readonly gpuLayers: number;
  readonly cpuMoeLayers: number;
}

/**
 * The placement to use: the first that fits, in the order of preference, else the one that is the fewest bytes short.
 * Where memory or a budget is not known nothing can be searched, and the user's own values or none on the device stand.
 */
export function choosePlacement(question: Question): Candidate {
  let closest: Missed | null = null;
  for (const split of splits(question)) {
    const bound = weigh(question, split, 'none');
    if (bound.short === null) return weigh(question, unsearched(question), 'exact');
    const missed = { split, short: bound.short, onDevice: deviceShortage(bound.rows) };
    if (closest === null || isCloser(missed, closest)) closest = missed;
    // Too much without any compute buffer is too much with one.
    if (bound.short > 0) continue;
    const exact = weigh(question, split, 'exact');
    if (exact.short === null) return weigh(question, unsearched(question), 'exact');
    if (exact.short === 0) return exact;
  }
  return weigh(question, closest!.split, 'exact');
}

/** A placement that did not fit. */
interface Missed {
  readonly split: Split;
  readonly short: Bytes;
  readonly onDevice: Bytes;
}

/** A device that is filled and a host that is short says more than both of them short by some of it. */
function isCloser(one: Missed, other: Missed): boolean {
  if ((one.onDevice === 0) !== (other.onDevice === 0)) return one.onDevice === 0;
  return one.short < other.short;
}

function deviceShortage(rows: readonly MemoryRow[]): Bytes {
  return (
    shortage(
      rows.filter((row) => row.device !== 'host'),
      0,
    ) ?? 0
  );
}

/** A placement with the memory it takes, extras chosen so that they never decide the verdict. */
export function weigh(question: Question, split: Split, precision: PartsPrecision): Candidate {
  const { model, request, budgets } = question;
  const settings = settingsOf(model, request, split);
  const parts = partsOf(model, settings, precision);
  const checkpoints = checkpointBytes(model, settings);
  const beside = besideBytes(question.companions, settings);
  const used = sumKnown([
    beside.host,
    parts.host.model,
    parts.host.context,
    parts.host.compute,
    parts.host.output,
    checkpoints,
  ]);
  const shared = sharedBytes(parts, beside, settings, budgets);
  const free = hostFree(budgets, used, shared);
  const wanted = settings.device ? 0 : repackBytes(model, question.features);
  const noRepack = wanted > 0 && free !== null && wanted > free;
  const repacked = noRepack ? 0 : wanted;
  const promptCache = promptCacheBytes(free, repacked);
  const extras = { repacked, checkpoints, promptCache, beside };
  const rows = memoryRows(parts, settings, extras, budgets);
  return {
    settings,
    rows,
    parts,
    extras,
    noRepack,
    short: shortage(rows, pageable(request, parts, repacked)),
  };
}

/** What devices take that share the host's memory. */
function sharedBytes(parts: Parts, beside: BesideBytes, settings: Settings, budgets: Budgets): Bytes | null {
  const bytes = devicesInUse(settings).flatMap(({ name }, home) => {
    const device = budgets.devices.find((one) => one.name === name)!;
    const { model, context, compute } = parts.rows[home]!;
    return device.unified ? [model, context, compute, device.overhead, beside.devices[home] ?? null] : [];
  });
  return sumKnown(bytes);
}

function hostFree(budgets: Budgets, used: Bytes | null, shared: Bytes | null): Bytes | null {
  return budgets.host.bytes === null || used === null || shared === null
    ? null
    : budgets.host.bytes - used - shared;
}

/** Host weights that may stay on the disk: only mapped ones, only where the user allows it. */
function pageable(request: PlanRequest, parts: Parts, repacked: Bytes): Bytes {
  return request.allow_paging && repacked === 0 ? (parts.host.model ?? 0) : 0;
}

/** Bytes over the budgets, over all devices; what may be paged does not count on the host. */
export function shortage(rows: readonly MemoryRow[], paged: Bytes): Bytes | null {
  let short = 0;
  for (const row of rows) {
    if (row.total_bytes === null || row.budget_bytes === null) return null;
    const needed = row.device === 'host' ? row.total_bytes - paged : row.total_bytes;
    short += Math.max(0, needed - row.budget_bytes);
  }
  return short;
}

/** Placements in the order they are wanted. Linear, because compute buffers do not shrink evenly with the layers. */
function* splits(question: Question): Generator<Split> {
  const { request, budgets, model } = question;
  const devices = oneDevice(budgets);
  if (devices.length === 0) {
    yield { devices, gpuLayers: 0, cpuMoeLayers: 0 };
    return;
  }
  const { layers, expertLayers } = indexOf(model);
  const mixture = expertLayers > 0;
  const all = layers + 1;
  const gpuLayers = request.gpu_layers === null ? null : Math.min(request.gpu_layers, all);
  const moe = request.cpu_moe_layers === null ? null : Math.min(request.cpu_moe_layers, layers);
  if (mixture && moe === null) {
    for (let count = 0; count <= layers; count++) {
      yield { devices, gpuLayers: gpuLayers ?? all, cpuMoeLayers: count };
    }
  }
  if (gpuLayers === null) {
    for (let count = mixture && moe === null ? layers : all; count >= 0; count--) {
      yield { devices, gpuLayers: count, cpuMoeLayers: moe ?? (mixture ? layers : 0) };
    }
  } else if (!mixture || moe !== null) {
    yield { devices, gpuLayers, cpuMoeLayers: moe ?? 0 };
  }
  // A device too small even for the compute buffers of large batches is better left out (`-dev none`).
  if ((gpuLayers ?? 0) === 0) yield { devices: [], gpuLayers: 0, cpuMoeLayers: 0 };
}

function unsearched(question: Question): Split {
  const { request, budgets, model } = question;
  const { layers } = indexOf(model);
  const devices = oneDevice(budgets);
  return {
    devices,
    gpuLayers: devices.length === 0 ? 0 : Math.min(request.gpu_layers ?? 0, layers + 1),
    cpuMoeLayers: Math.min(request.cpu_moe_layers ?? 0, layers),
  };
}

/** The card with the most to give. */
function oneDevice({ devices }: Budgets): readonly Device[] {
  const most = Math.max(...devices.map(({ bytes }) => bytes ?? -1));
  return devices
    .filter(({ bytes }) => (bytes ?? -1) === most)
    .slice(0, 1)
    .map(({ name, bytes }) => ({ name, freeBytes: bytes }));
}

/** A whole number of MiB. */
export function toMib(bytes: Bytes): number {
  return Math.round(bytes / MIB);
}
