import type { Model } from '../model/schema';
import { type Bytes, MIB, sumKnown } from '../units';
import type { Budgets } from './budgets';
import type { BesideBytes } from './companions';
import { computeBytes, isDrawable, outputBytes } from './compute/compute-bytes';
import { contextBytesBefore, contextBytesWithin } from './kv-cache';
import { layerHomes, type Run, runsOf } from './layer-homes';
import { indexOf } from './model-index';
import { type Placed, placedOf } from './placed';
import { repackedBytes } from './repack';
import type { MemoryRow } from './schema';
import { devicesInUse, type Settings } from './settings';
import { weightBytes } from './weights';

/** The parts of one device's memory that llama.cpp itself accounts for. */
export interface DeviceParts {
  /** Null where the file lists no weights. */
  readonly model: Bytes | null;
  readonly context: Bytes | null;
  readonly compute: Bytes | null;
  readonly output: Bytes | null;
}

/** One row of memory: a device in use, or the host. */
export interface PartsRow extends DeviceParts {
  /** The device's name as the settings give it, or `host`. */
  readonly device: string;
}

export interface Parts {
  /** Devices in use in llama.cpp's order, the host last. */
  readonly rows: readonly PartsRow[];
  /** Sum over the devices. */
  readonly device: DeviceParts;
  readonly host: DeviceParts;
  readonly computeBasis: 'graph' | 'bound' | null;
  /** What of the model's graph could not be drawn, where the basis is a bound. */
  readonly computeUnknown: string | null;
}

/** `none` leaves compute buffers out, for a lower bound. */
export type PartsPrecision = 'exact' | 'none';

/** Bytes by device and component for these settings: what llama.cpp would allocate, no budget involved. */
export function partsOf(model: Model, settings: Settings, precision: PartsPrecision = 'exact'): Parts {
  const devices = devicesInUse(settings);
  // a placement that is known already knows where its layers are
  const placed = precision === 'exact' && isDrawable(model) ? placedOf(model, settings) : null;
  const homes = placed?.homes ?? layerHomes(indexOf(model).layers, settings);
  const runs = placed?.runs ?? runsOf(homes);
  const weights =
    placed === null ? weightBytes(model, settings, homes, runs) : placedWeights(model, settings, placed);
  const context = contextByHome(model, settings, homes.host, runs);
  const compute = placed === null ? null : computeBytes(model, settings, placed);
  const rows: PartsRow[] = [];
  for (let home = 0; home <= devices.length; home++)
    rows.push({
      device: devices[home]?.name ?? 'host',
      model: model.tensors.length === 0 ? null : weights[home]!,
      context: context?.[home] ?? null,
      compute: precision === 'none' ? 0 : (compute?.bytes[home] ?? null),
      output: home === devices.length ? outputBytes(model, settings) : 0,
    });
  const host = rows.at(-1)!;
  return {
    rows,
    device: devices.length === 1 ? partsIn(rows[0]!) : sumOf(rows.slice(0, -1)),
    host,
    computeBasis: compute?.basis ?? null,
    computeUnknown: compute?.unknown ?? null,
  };
}

/** Weights of a placement, which no other setting moves but whether it is a dry run. */
function placedWeights(model: Model, settings: Settings, placed: Placed): readonly Bytes[] {
  const dry = settings.tool === 'llama-fit-params' ? 1 : 0;
  return (placed.weights[dry] ??= weightBytes(model, settings, placed.homes, placed.runs));
}

function partsIn({ model, context, compute, output }: DeviceParts): DeviceParts {
  return { model, context, compute, output };
}

function sumOf(parts: readonly DeviceParts[]): DeviceParts {
  return {
    model: sumKnown(parts.map((part) => part.model)),
    context: sumKnown(parts.map((part) => part.context)),
    compute: sumKnown(parts.map((part) => part.compute)),
    output: sumKnown(parts.map((part) => part.output)),
  };
}

/** A layer's cache lies where the layer does, unless `-nkvo` keeps it on the host. */
function contextByHome(
  model: Model,
  settings: Settings,
  host: number,
  runs: readonly Run[],
): readonly Bytes[] | null {
  const within = contextBytesWithin(model, settings);
  if (within === null) return null;
  const bytes = Array.from({ length: host + 1 }, () => 0);
  let placed = 0;
  for (const { home, from, to } of settings.offloadCache ? runs : []) {
    placed = to;
    bytes[home]! += within(from, to);
  }
  bytes[host]! += within(placed, Infinity);
  return bytes;
}

/** What the server keeps in host memory beside its buffers. */
export interface ServerExtras {
  /** Second copies of host weights; 0 with `--no-repack` or a GPU. */
  readonly repacked: Bytes;
  /** `-ctxcp`: saved windows and states, so that a conversation can go back. */
  readonly checkpoints: Bytes | null;
  /** How many of them a slot may keep. */
  readonly checkpointCount: number;
  /** `-cram`: prompts kept for later. */
  readonly promptCache: Bytes;
  /** Companions of the model. */
  readonly beside: BesideBytes;
}

/** Checkpoints a slot may keep where the host has room (`-ctxcp`; llama.cpp's default of 32 can take gigabytes on models with large states). */
export const CHECKPOINTS = 4;
/** Largest `-cram` that is emitted; llama.cpp's default of 8192 MiB would not be counted by anybody. */
export const PROMPT_CACHE_MIB = 1024;

/**
 * Bytes of so many context checkpoints a slot: each holds one sequence's windowed caches and recurrent states. Null where these are
 * not known.
 */
export function checkpointBytes(model: Model, settings: Settings, count: number): Bytes | null {
  const { sequences } = settings;
  const one: Settings = { ...settings, sequences: 1, context: Math.ceil(settings.context / sequences) };
  const sums = contextBytesBefore(model, one);
  if (model.layers === null || sums === null) return null;
  let saved = 0;
  for (const [layer, { cache, state }] of model.layers.entries()) {
    if (state !== null || (cache?.window ?? null) !== null) saved += sums[layer + 1]! - sums[layer]!;
  }
  return saved * count * sequences;
}

const repacked = new WeakMap<Model, Map<string, Bytes>>();

/** Bytes that a CPU-only start repacks. Remembered, because a search asks more than once. */
export function repackBytes(model: Model, features: readonly string[] | null): Bytes {
  const memo = repacked.get(model) ?? new Map<string, Bytes>();
  repacked.set(model, memo);
  const key = features?.join() ?? 'unknown';
  const known = memo.get(key);
  if (known !== undefined) return known;
  const index = indexOf(model);
  const output = index.output.filter((tensor) => tensor === index.outputMatrix);
  const bytes = repackedBytes([...index.tensorsByLayer.flat(), ...output], features);
  memo.set(key, bytes);
  return bytes;
}

/** Rows of the memory table, with budgets beside them. With unified memory the GPUs have what the host leaves. */
export function memoryRows(
  parts: Parts,
  settings: Settings,
  extras: ServerExtras,
  budgets: Budgets,
): MemoryRow[] {
  const overhead = sumKnown([extras.checkpoints, extras.promptCache, extras.beside.host]);
  const host = row(
    'host',
    null,
    { ...parts.host, model: sumKnown([parts.host.model, extras.repacked]) },
    overhead,
    budgets.host.bytes,
  );
  const used = sumKnown([budgets.host.bytes, host.total_bytes === null ? null : -host.total_bytes]);
  let left = used === null ? null : Math.max(0, used);
  const devices = devicesInUse(settings).map(({ name }, home) => {
    const device = budgets.devices.find((one) => one.name === name)!;
    const added = sumKnown([device.overhead, extras.beside.devices[home] ?? null]);
    const own = device.absolute || !device.unified ? device.bytes : left;
    const most = device.absolute && device.unified ? leastKnown(left, own) : own;
    const made = row(name, device.gpu.name, parts.rows[home]!, added, most);
    if (device.unified)
      left = left === null || made.total_bytes === null ? null : Math.max(0, left - made.total_bytes);
    return made;
  });
  return [...devices, host];
}

function leastKnown(one: Bytes | null, other: Bytes | null): Bytes | null {
  return one === null || other === null ? null : Math.min(one, other);
}

function row(
  device: string,
  name: string | null,
  parts: DeviceParts,
  overhead: Bytes | null,
  budget: Bytes | null,
): MemoryRow {
  return {
    device,
    name,
    model_bytes: parts.model,
    context_bytes: parts.context,
    compute_bytes: parts.compute,
    output_bytes: parts.output,
    overhead_bytes: overhead,
    total_bytes: sumKnown([parts.model, parts.context, parts.compute, parts.output, overhead]),
    budget_bytes: budget,
  };
}

/** The most checkpoints, of `each` bytes over all slots, that fit in what the host has left; null is not known: as many as usual. */
export function checkpointsWithin(free: Bytes | null, each: Bytes | null): number {
  if (free === null || each === null || each === 0) return CHECKPOINTS;
  return Math.min(CHECKPOINTS, Math.max(0, Math.floor(free / each)));
}

/** Bytes in whole MiB as `-cram` wants them: what the host's budget leaves, at most 1 GiB. */
export function promptCacheBytes(hostBudget: Bytes | null, used: Bytes | null): Bytes {
  if (hostBudget === null || used === null) return 0;
  return Math.min(PROMPT_CACHE_MIB, Math.max(0, Math.floor((hostBudget - used) / MIB))) * MIB;
}
