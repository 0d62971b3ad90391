import { inputsOfModel } from '../calc/inputs-of-model';
import type { Model } from '../model/schema';

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
