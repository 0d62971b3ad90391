import type { Model } from '../model/schema';
import { type Bytes, padTo } from '../units';
import { embeddedSettings } from './embedded';
import type { KvType, PlanRequest } from './schema';

/** Whose defaults and reserves are judged: the tools allocate differently for the same arguments. */
export type Tool = 'llama-server' | 'llama-bench' | 'llama-fit-params';
/** Those, and the runtime that Plimsoll installs, which is llama.cpp too and has no arguments. */
export type Allocator = Tool | 'node-llama-cpp';

/** A GPU that llama.cpp is given. */
export interface Device {
  /** As rows of memory name it: `gpu0`, `gpu1`, …. */
  readonly name: string;
  /** What is free on it, by which layers are split where `-ts` does not say; null: not known, taken as equal shares. */
  readonly freeBytes: Bytes | null;
}

/** `-ot PATTERN=BUFFER`: tensors whose name matches lie on the host or on a device, given by its position. */
export interface TensorOverride {
  readonly pattern: RegExp;
  readonly home: 'host' | number;
}

/** `-sm`: layers over devices, rows of matrices too where the backend can, or the main device alone. */
export type SplitMode = 'layer' | 'row' | 'none';

/** Everything llama.cpp allocates by, once all choices are made. */
export interface Settings {
  readonly tool: Allocator;
  /** Tokens over all sequences, as given to `-c`. */
  readonly context: number;
  readonly sequences: number;
  /** One cache for all sequences (`-kvu`). */
  readonly unified: boolean;
  readonly keyType: KvType;
  readonly valueType: KvType;
  readonly flashAttention: boolean;
  /** `-fa auto`, the default: llama.cpp goes without where the operation would not be computed beside its layer. */
  readonly flashAttentionAuto?: boolean;
  readonly batch: number;
  readonly microBatch: number;
  /** Whether llama.cpp is given a GPU at all (`devices` is not empty): with `-ngl 0` it still computes large batches there. */
  readonly device: boolean;
  /** In llama.cpp's order: RPC servers first, then `-dev`'s or the driver's. */
  readonly devices: readonly Device[];
  /** `-ts`, one share a device; null (or all zero): in proportion to free memory. */
  readonly tensorSplit: readonly number[] | null;
  readonly splitMode: SplitMode;
  /** `-mg`: position of the device that `-sm none` uses. */
  readonly mainDevice: number;
  /** Negative: all layers (`-ngl auto` and `all`). */
  readonly gpuLayers: number;
  /** Expert tensors of the first so many blocks stay on the host (`-ncmoe`; `-cmoe` is all of them). Overrides come first. */
  readonly cpuMoeLayers: number;
  /** In the order of the command line: the first that matches a tensor's name wins. */
  readonly overrides: readonly TensorOverride[];
  /** `--swa-full`: sliding-window layers keep every cell. */
  readonly fullWindow: boolean;
  /** Off is `-nkvo`: the cache stays on the host. */
  readonly offloadCache: boolean;
  /** Off is `--no-op-offload`: host weights are computed on the host, in batches of any size. */
  readonly offloadOperations: boolean;
  /** Off is `--no-repack`: host weights are computed as the file has them. */
  readonly repack: boolean;
  /** Of a draft model: the one that it drafts for, whose tensors and caches it may read. */
  readonly target?: Target;
}

/** A model as it is loaded beside its draft model. */
export interface Target {
  readonly model: Model;
  readonly settings: Settings;
}

/** What the size of a cache follows from. */
export type CacheSettings = Pick<
  Settings,
  | 'context'
  | 'sequences'
  | 'unified'
  | 'keyType'
  | 'valueType'
  | 'flashAttention'
  | 'batch'
  | 'microBatch'
  | 'fullWindow'
>;

/** llama.cpp pads the context to this many cells (`src/llama-context.cpp`). */
const CONTEXT_STEP = 256;
const DEFAULT_CONTEXT = 8192;

/** Tokens a request means: what it says, else the smaller of 8192 and the trained context. */
export function contextOf(model: Model, request: PlanRequest): number {
  return request.context ?? Math.min(DEFAULT_CONTEXT, model.context_trained ?? DEFAULT_CONTEXT);
}

/** What a plan chooses; what it leaves out is as the request has it. */
export interface Placing {
  readonly devices: readonly Device[];
  readonly gpuLayers: number;
  readonly cpuMoeLayers: number;
  readonly tensorSplit?: readonly number[] | null;
  readonly overrides?: readonly TensorOverride[];
  readonly offloadCache?: boolean;
  readonly context?: number;
  readonly keyType?: KvType;
  readonly valueType?: KvType;
  readonly microBatch?: number;
}

/** What the planned runtime would be started with for a request and a placement. */
export function settingsOf(model: Model, request: PlanRequest, placing: Placing): Settings {
  const settings = serverSettings(model, request, placing);
  return request.runtime === 'embedded' ? embeddedSettings(model, settings) : settings;
}

function serverSettings(model: Model, request: PlanRequest, placing: Placing): Settings {
  const context = placing.context ?? contextOf(model, request);
  const { devices } = placing;
  return {
    tool: 'llama-server',
    context,
    sequences: request.parallel,
    unified: false,
    keyType: placing.keyType ?? request.kv_type_k,
    valueType: placing.valueType ?? request.kv_type_v,
    flashAttention: request.flash_attention,
    batch: request.batch,
    // no larger than the batch, nor that than the context (`src/llama-context.cpp`)
    microBatch: Math.min(placing.microBatch ?? request.micro_batch, request.batch, context),
    device: devices.length > 0,
    devices,
    tensorSplit: placing.tensorSplit ?? null,
    splitMode: request.split_mode ?? 'layer',
    mainDevice: 0,
    gpuLayers: placing.gpuLayers,
    cpuMoeLayers: placing.cpuMoeLayers,
    overrides: placing.overrides ?? [],
    fullWindow: false,
    offloadCache: placing.offloadCache ?? request.offload_cache ?? true,
    offloadOperations: true,
    repack: true,
  };
}

/** The devices that hold anything: with `-sm none` the main one alone (`src/llama.cpp: llama_prepare_model_devices`). */
export function devicesInUse(settings: Settings): readonly Device[] {
  const { devices, splitMode, mainDevice } = settings;
  return splitMode === 'none' ? devices.slice(mainDevice, mainDevice + 1) : devices;
}

/**
 * Tokens of one micro-batch at most: no more than a batch, which is no more than the context as it was given
 * (`src/llama-context.cpp: n_batch, n_ubatch`).
 */
export function microBatchOf(settings: Pick<Settings, 'microBatch' | 'batch' | 'context'>): number {
  return Math.min(settings.microBatch, settings.batch, settings.context);
}

export interface Cells {
  /** Tokens of one sequence's share of the context, padded. */
  readonly perStream: number;
  /** Sequences with cells of their own: 1 where the cache is unified. */
  readonly streams: number;
  /** Cells of a sliding-window layer with this window, a stream. */
  readonly windowed: (window: number) => number;
}

/** Cells where each sequence's are its own, also in a unified cache (DeepSeek V4). */
export function cellsApart(settings: CacheSettings): Cells {
  const { perStream } = cellsOf(settings);
  const { windowed } = cellsOf({ ...settings, unified: false, sequences: 1, context: perStream });
  return { perStream, streams: settings.sequences, windowed };
}

/**
 * Cells of the KV cache (`src/llama-context.cpp: llama_context`, `src/llama-kv-cache-iswa.cpp`): the context is padded to
 * 256; not unified, every sequence has its padded share.
 */
export function cellsOf(settings: CacheSettings): Cells {
  const context = padTo(settings.context, CONTEXT_STEP);
  const streams = settings.unified ? 1 : settings.sequences;
  const perStream = settings.unified
    ? context
    : padTo(Math.floor(context / settings.sequences), CONTEXT_STEP);
  const windows = settings.unified ? settings.sequences : 1;
  const microBatch = microBatchOf(settings);
  return {
    perStream,
    streams,
    windowed: (window) =>
      settings.fullWindow
        ? perStream
        : padTo(Math.min(perStream, window * windows + microBatch), CONTEXT_STEP),
  };
}
