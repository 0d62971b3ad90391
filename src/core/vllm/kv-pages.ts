import type { LayerMemory, Model } from '../model/schema';
import { type Bytes, padTo } from '../units';
import { isLatent, kvHeadsByLayer, shareOfHeads } from './kv-heads';
import { trunkOf } from './parallel';
import { dtypeBytes, kvBytes, type KvCacheDtype, type WeightDtype } from './precision';

/** How the cache is held. */
export interface CacheForm {
  readonly kv: KvCacheDtype;
  readonly dtype: WeightDtype;
}

/** What one layer keeps on one card, as pages that vLLM hands out. A layer with cache and state has two entries. */
export interface PagedLayer {
  readonly layer: number;
  readonly kind: 'full' | 'sliding' | 'state';
  /** Tokens that a sliding layer looks back; null for the others. */
  readonly window: number | null;
  /** Tokens of a page; a state's page counts as one of the cache's. */
  readonly block: number;
  readonly pageBytes: Bytes;
}

/** Tokens of a block: vLLM's default on CUDA, and what FlashMLA needs for latent attention. */
const BLOCK = 16;
const LATENT_BLOCK = 64;
/** Architectures whose configs ask for 32-bit states (`mamba_ssm_dtype`, `mamba_ssm_cache_dtype`); the others keep the type of the weights. */
const wideStates = new Set(['qwen35', 'qwen35moe', 'nemotron_h_moe']);
const FULL_STATE_BYTES = 4;

/** The pages of every layer on one of `tensor` cards (`vllm/v1/kv_cache_interface.py`); null where the model's cache is not known. */
export function pagedLayers(model: Model, form: CacheForm, tensor: number): readonly PagedLayer[] | null {
  const heads = kvHeadsByLayer(model);
  if (model.layers === null || heads === null) return null;
  const trunk = trunkOf(model) ?? 0;
  const caches = model.layers
    .slice(0, trunk)
    .flatMap(({ cache }, layer) =>
      cache === null ? [] : [cachePages(cache, layer, heads[layer]!, form, tensor)],
    );
  const states = model.layers
    .slice(0, trunk)
    .flatMap(({ state }, layer) =>
      state === null ? [] : [{ layer, bytes: stateBytes(model, state, form, tensor) }],
    );
  return states.length === 0 ? caches : alignedToStates(caches, states);
}

function cachePages(
  cache: NonNullable<LayerMemory['cache']>,
  layer: number,
  heads: number,
  form: CacheForm,
  tensor: number,
): PagedLayer {
  const latent = isLatent(cache);
  const share = latent ? 1 : shareOfHeads(heads, tensor);
  const token = (cache.key_elements + cache.value_elements) * share * kvBytes(form.kv, form.dtype);
  const block = latent ? LATENT_BLOCK : BLOCK;
  return {
    layer,
    kind: cache.window === null ? 'full' : 'sliding',
    window: cache.window,
    block,
    pageBytes: Math.round(token * block),
  };
}

/** One request's state in one layer: inputs of the convolution, and the state, divided among the cards. */
function stateBytes(
  model: Model,
  { r_elements: taps, s_elements: numbers }: NonNullable<LayerMemory['state']>,
  form: CacheForm,
  tensor: number,
): Bytes {
  const own = dtypeBytes[form.dtype];
  const wide = wideStates.has(model.architecture ?? '') ? FULL_STATE_BYTES : own;
  return Math.ceil((taps * own + numbers * wide) / tensor);
}

/** Blocks of the cache grow until one holds a state, and states are padded to it (`vllm/model_executor/models/config.py: HybridAttentionMambaModelConfig`). */
function alignedToStates(
  caches: readonly PagedLayer[],
  states: readonly { readonly layer: number; readonly bytes: Bytes }[],
): readonly PagedLayer[] {
  const largest = states.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const grown = caches.map((cache) => {
    const token = cache.pageBytes / cache.block;
    const block = Math.max(cache.block, padTo(Math.ceil(largest / token), BLOCK));
    return { ...cache, block, pageBytes: token * block };
  });
  const page = grown.reduce((most, { pageBytes }) => Math.max(most, pageBytes), largest);
  const block = grown[0]?.block ?? BLOCK;
  return [
    ...grown,
    ...states.map(({ layer }) => ({ layer, kind: 'state' as const, window: null, block, pageBytes: page })),
  ];
}
