import { layersOfRow } from '../catalog/attention/attention-rows';
import type { AttentionRow, KvPrecision } from '../catalog/attention/schema';
import type { LayerMemory, Model } from '../model/schema';
import { GIB } from '../units';

/** What sizing asks of a model. Null: not known. */
export interface FleetModel {
  readonly name: string;
  readonly layers: readonly LayerMemory[];
  readonly num_layers: number;
  readonly num_key_value_heads: number | null;
  readonly head_dim: number | null;
  readonly num_attention_heads: number | null;
  readonly max_position_embeddings: number;
  /** `latent`: keys and values of all heads in one vector; `recurrent`: a state instead of a cache in some layers. */
  readonly attention_pattern: 'full' | 'sliding' | 'hybrid' | 'latent' | 'recurrent';
  readonly full_layers: number;
  readonly sliding_layers: number;
  readonly recurrent_layers: number;
  readonly sliding_window: number | null;
  readonly default_kv_precision: KvPrecision;
  /** One copy of the weights. */
  readonly weights_gib: number | null;
  /** What the weights are stored in; null where they are not known. */
  readonly weights_precision: string | null;
}

/** A model known by its attention alone. */
export function fleetModelOfRow(row: AttentionRow): FleetModel {
  return describe({
    name: row.name,
    layers: layersOfRow(row),
    num_key_value_heads: row.num_key_value_heads,
    head_dim: row.head_dim,
    num_attention_heads: null,
    max_position_embeddings: row.max_position_embeddings,
    latent: false,
    default_kv_precision: row.default_kv_precision,
    ...weightsOfRow(row),
  });
}

/** A model with all its tensors; null where its cache, its tensors or its context is not known. */
export function fleetModelOf(name: string, model: Model): FleetModel | null {
  const bytes = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (model.layers === null || model.context_trained === null || bytes === 0) return null;
  return describe({
    name,
    layers: model.layers,
    num_key_value_heads: model.attention.kv_heads,
    head_dim: model.attention.key_length,
    num_attention_heads: model.attention.heads,
    max_position_embeddings: model.context_trained,
    latent: isLatent(model),
    default_kv_precision: 'fp16',
    weights_gib: bytes / GIB,
    weights_precision: model.quant,
  });
}

/** Multi-head latent attention caches keys alone, in every layer that caches. */
function isLatent({ layers }: Model): boolean {
  const caches = (layers ?? []).flatMap(({ cache }) => cache ?? []);
  return caches.length > 0 && caches.every((cache) => cache.value_elements === 0);
}

function weightsOfRow(row: AttentionRow): Pick<FleetModel, 'weights_gib' | 'weights_precision'> {
  const given = [
    ['fp8', row.weights_memory_gib_fp8],
    ['fp16', row.weights_memory_gib_fp16],
    ['int8', row.weights_memory_gib_int8],
    ['int4', row.weights_memory_gib_int4],
  ] as const;
  const found = given.find(([, gib]) => gib !== null);
  if (found !== undefined) return { weights_gib: found[1], weights_precision: found[0] };
  if (row.total_params_b === null) return { weights_gib: null, weights_precision: null };
  return { weights_gib: (row.total_params_b * 1e9) / GIB, weights_precision: 'fp8, one byte a parameter' };
}

type Facts = Pick<
  FleetModel,
  | 'name'
  | 'layers'
  | 'num_key_value_heads'
  | 'head_dim'
  | 'num_attention_heads'
  | 'max_position_embeddings'
  | 'default_kv_precision'
  | 'weights_gib'
  | 'weights_precision'
> & { readonly latent: boolean };

function describe({ latent, ...facts }: Facts): FleetModel {
  const cached = facts.layers.flatMap(({ cache }) => cache ?? []);
  const sliding = cached.filter(({ window }) => window !== null);
  const recurrent = facts.layers.filter(({ state }) => state !== null).length;
  const full = cached.length - sliding.length;
  return {
    ...facts,
    num_layers: facts.layers.length,
    full_layers: full,
    sliding_layers: sliding.length,
    recurrent_layers: recurrent,
    sliding_window: sliding[0]?.window ?? null,
    attention_pattern: patternOf(latent, recurrent, full, sliding.length),
  };
}

function patternOf(
  latent: boolean,
  recurrent: number,
  full: number,
  sliding: number,
): FleetModel['attention_pattern'] {
  if (recurrent > 0) return 'recurrent';
  if (latent) return 'latent';
  if (sliding === 0) return 'full';
  return full === 0 ? 'sliding' : 'hybrid';
}
