import type { Model } from '../model/schema';
import { MIB } from '../units';
import { nearestPrecision, type Precision } from './precision';

/** What the calculators ask of a model, as far as the model says it; null where it does not. */
export interface InputsOfModel {
  readonly params_billion: number | null;
  readonly kv_cache_mb_per_token: number | null;
  readonly num_layers: number | null;
  readonly num_heads: number | null;
  readonly head_dim: number | null;
  readonly model_params: number | null;
  readonly bits_per_weight: number | null;
  readonly quantization: Precision | null;
}

const following: Readonly<Record<keyof InputsOfModel, true>> = {
  params_billion: true,
  kv_cache_mb_per_token: true,
  num_layers: true,
  num_heads: true,
  head_dim: true,
  model_params: true,
  bits_per_weight: true,
  quantization: true,
};

/** Whether an input of a calculator follows from a model. */
export function followsFromModel(field: string): boolean {
  return Object.hasOwn(following, field);
}

/** Bytes of a 16-bit number in the cache. */
const CACHED_BYTES = 2;

/**
 * The rule of thumb's inputs from a model. Windows are not known to it: every layer with a cache counts as one with full
 * attention. `num_heads` are the key-value heads, which a cache is made of.
 */
export function inputsOfModel(model: Model): InputsOfModel {
  const { total } = model.parameters;
  const bytes = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const bits = total === null || total === 0 || bytes === 0 ? null : (8 * bytes) / total;
  return {
    params_billion: total === null || total === 0 ? null : total / 1e9,
    kv_cache_mb_per_token: cachePerToken(model),
    num_layers: model.block_count,
    num_heads: model.attention.kv_heads,
    head_dim: model.attention.key_length,
    model_params: total === 0 ? null : total,
    bits_per_weight: bits,
    quantization: bits === null ? null : nearestPrecision(bits),
  };
}

function cachePerToken(model: Model): number | null {
  if (model.layers === null) return null;
  const elements = model.layers.reduce(
    (sum, { cache }) => sum + (cache === null ? 0 : cache.key_elements + cache.value_elements),
    0,
  );
  return (elements * CACHED_BYTES) / MIB;
}
