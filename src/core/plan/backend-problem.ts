import type { Model } from '../model/schema';
import type { DeviceBudget } from './budgets';
import { mainElements } from './kv-cache';
import type { KvType } from './schema';
import type { Settings } from './settings';

/** What llama.cpp v0.5.0's backend for a maker's cards does not do. */
export interface BackendProblem {
  readonly rule: 'row-split' | 'no-fused-attention';
  /** What would happen, and which argument to change. */
  readonly message: string;
}

type Maker = Pick<DeviceBudget['gpu'], 'vendor'>;

/** The first thing asked of these cards that their backend does not do; null where there is none. */
export function backendProblem(
  model: Model,
  settings: Settings,
  gpus: readonly Maker[],
): BackendProblem | null {
  if (gpus.length === 0 || settings.gpuLayers === 0) return null;
  return rowProblem(settings, gpus) ?? fusedProblem(model, settings, gpus);
}

/** Only SYCL has buffers of rows; loading onto any other ends with an error (`src/llama-model.cpp: make_gpu_buft_list`). */
function rowProblem({ splitMode }: Settings, gpus: readonly Maker[]): BackendProblem | null {
  return splitMode !== 'row' || splitsRows(gpus) ? null : { rule: 'row-split', message: NO_ROWS };
}

/** Whether all of these cards can be given rows of matrices. */
export function splitsRows(gpus: readonly Maker[]): boolean {
  return gpus.every(({ vendor }) => vendor === 'intel');
}

export const NO_ROWS =
  'llama.cpp splits matrices by rows on Intel GPUs (SYCL) alone, and ends on others; choose -sm layer.';

function fusedProblem(model: Model, settings: Settings, gpus: readonly Maker[]): BackendProblem | null {
  const { flashAttention, flashAttentionAuto, keyType, valueType } = settings;
  if (!flashAttention || flashAttentionAuto === true || !settings.offloadCache) return null;
  if (fusesOn(model, keyType, valueType, gpus)) return null;
  return { rule: 'no-fused-attention', message: unfusedSentence(model, keyType, valueType) };
}

/** Why a cache of these types, which a card does not attend to, is of no use on it, and what to choose. */
export function unfusedSentence(model: Model, keyType: KvType, valueType: KvType): string {
  const change = isFusedType(keyType) && isFusedType(valueType) ? '-fa off' : 'caches of q4_0, q8_0 or f16';
  return `The GPU has no flash attention for ${wordsOf(model, keyType, valueType)}: it would be computed on the host, layer by layer; choose ${change}.`;
}

/** Whether these cards compute fused attention of this model beside its layers; true where that is not known. */
export function fusesOn(model: Model, keyType: KvType, valueType: KvType, gpus: readonly Maker[]): boolean {
  if (!gpus.some(({ vendor }) => vendor === null || vendor === 'nvidia' || vendor === 'amd')) return true;
  return isFusedType(keyType) && isFusedType(valueType) && headsOf(model).every(isFused);
}

/** Types that CUDA's and ROCm's kernels read or convert (`ggml-cuda/fattn.cu: ggml_cuda_fattn_kv_type_supported`). */
function isFusedType(type: KvType): boolean {
  return type !== 'iq4_nl';
}

interface Heads {
  readonly key: number;
  readonly value: number;
  /** Query heads that share one of the cache. */
  readonly shared: number;
}

/** Widths that have kernels (`ggml_cuda_get_best_fattn_kernel`). */
const alike: ReadonlySet<number> = new Set([40, 64, 72, 80, 96, 112, 128, 256]);

function isFused({ key, value, shared }: Heads): boolean {
  if (alike.has(key)) return value === key;
  if (key === 192) return value === 128 && shared % 8 === 0;
  if (key === 320) return value === 256 && shared % 32 === 0;
  if (key === 512) return value === 512 && shared >= 2;
  return key === 576 && value === 512 && shared >= 2;
}

/** The heads of every layer with a cache. */
function headsOf(model: Model): readonly Heads[] {
  const { architecture, attention, metadata } = model;
  const number = (key: string, layer: number): number | null => {
    const value = metadata[`${architecture}.attention.${key}`];
    const item = Array.isArray(value) ? value[layer] : value;
    return typeof item === 'number' ? item : null;
  };
  return (model.layers ?? []).flatMap(({ cache }, layer) => {
    if (cache === null) return [];
    const query = number('head_count', layer) ?? attention.heads;
    const latent = number('key_length_mla', layer) === null ? null : number('kv_lora_rank', layer);
    if (query === null) return [];
    if (latent !== null) return [{ key: mainElements(cache).key, value: latent, shared: query }];
    const windowed = cache.window !== null;
    const key = (windowed ? number('key_length_swa', layer) : null) ?? attention.key_length;
    const value = (windowed ? number('value_length_swa', layer) : null) ?? attention.value_length;
    if (key === null || value === null) return [];
    return [{ key, value, shared: query / Math.max(1, Math.round(mainElements(cache).key / key)) }];
  });
}

function wordsOf(model: Model, keyType: KvType, valueType: KvType): string {
  if (!isFusedType(keyType)) return `a K cache of ${keyType}`;
  if (!isFusedType(valueType)) return `a V cache of ${valueType}`;
  const { key, value } = headsOf(model).find((heads) => !isFused(heads))!;
  return key === value ? `heads of ${key} numbers` : `heads of ${key} and ${value} numbers`;
}
