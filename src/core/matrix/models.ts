import { inputsOfModel } from '../calc/inputs-of-model';
import { layersOfRow } from '../catalog/attention/attention-rows';
import type { AttentionRow } from '../catalog/attention/schema';
import type { Model } from '../model/schema';
import { MIB } from '../units';

/** What the matrix asks of a model. */
export interface MatrixModel {
  readonly name: string;
  readonly title: string;
  readonly params_billion: number | null;
  /** MiB that one token adds to a cache of 16 bits, every layer counted with full attention. */
  readonly kv_cache_mb_per_token: number | null;
  readonly context_trained: number | null;
  /** The model in a quantisation of llama.cpp's, for the exact mode; null where its tensors cannot be had in it. */
  readonly inQuant: (quant: string) => Model | null;
}

/** A model of the catalog (or one that was read) as the matrix takes it. */
export function matrixModel(
  name: string,
  model: Model,
  inQuant: (quant: string) => Model | null,
): MatrixModel {
  const { params_billion: params, kv_cache_mb_per_token: cache } = inputsOfModel(model);
  return {
    name,
    title: model.name,
    params_billion: params,
    kv_cache_mb_per_token: cache,
    context_trained: model.context_trained,
    inQuant,
  };
}

/** Bytes of a number of the cache that the rule of thumb starts from. */
const CACHED_BYTES = 2;

/** A model known by its attention alone: a rule of thumb where its parameters are given, nothing exact. */
export function matrixModelOfRow(row: AttentionRow): MatrixModel {
  const elements = layersOfRow(row).reduce(
    (sum, { cache }) => sum + (cache === null ? 0 : cache.key_elements + cache.value_elements),
    0,
  );
  return {
    name: row.name,
    title: row.name,
    params_billion: row.total_params_b,
    kv_cache_mb_per_token: (elements * CACHED_BYTES) / MIB,
    context_trained: row.max_position_embeddings,
    inQuant: () => null,
  };
}
