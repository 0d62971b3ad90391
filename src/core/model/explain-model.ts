import type { LayerMemory, Model, Tensor, TensorRole } from './schema';

/** Bytes of an f16 element, which an unquantised KV cache has. */
const F16_BYTES = 2;
/** Bytes of an f32 element, which recurrent state is kept in. */
const F32_BYTES = 4;

/** What a layer keeps between tokens, in a word. `both`: a cache beside a state; `none`: nothing of its own; `unknown`: not known. */
export type LayerKind = 'full' | 'sliding' | 'recurrent' | 'both' | 'none' | 'unknown';

/** Tensors that have something in common. */
export interface Tally<Key extends string = string> {
  readonly key: Key;
  readonly tensors: number;
  readonly bytes: number;
  /** Share of all weights, 0 to 1. */
  readonly share: number;
  /** Their types, the first seen first. */
  readonly types: readonly string[];
}

/** One block: what it weighs and what it keeps. */
export interface ExplainedLayer {
  readonly layer: number;
  readonly kind: LayerKind;
  readonly tensors: number;
  readonly bytes: number;
  readonly roles: readonly { readonly role: TensorRole; readonly bytes: number }[];
  /** What one more token adds in f16 while no window is full; null where it is not known. */
  readonly cache_bytes_per_token: number | null;
  /** Tokens after which it does not grow; null for a layer without a window. */
  readonly window: number | null;
  /** State of one sequence, whatever the context; null where it is not known. */
  readonly state_bytes: number | null;
}

/** Where every byte of a model's weights lies, and what its context costs. */
export interface Explanation {
  readonly weight_bytes: number;
  /** The heaviest first. */
  readonly by_role: readonly Tally<TensorRole>[];
  readonly by_type: readonly Tally[];
  /** Weights that belong to no block. */
  readonly outside_bytes: number;
  readonly layers: readonly ExplainedLayer[];
  /** Over all layers, in f16, while no window is full; null where it is not known. */
  readonly cache_bytes_per_token: number | null;
  /** The same once every window is full: what grows without end. */
  readonly unbounded_bytes_per_token: number | null;
  /** States of one sequence over all layers; null where they are not known. */
  readonly state_bytes: number | null;
  /** Numbers of layers by whether they grow with the whole context, up to a window, or not at all; null where it is not known. */
  readonly growth: {
    readonly grows: readonly number[];
    readonly windowed: readonly number[];
    readonly fixed: readonly number[];
  } | null;
}

/** Accounts for a model: its tensors by kind, type and layer, and which layers grow with the context. */
export function explainModel({ tensors, layers }: Model): Explanation {
  const weights = sumOf(tensors);
  const explained = explainLayers(tensors, layers);
  const known = layers === null ? null : explained;
  return {
    weight_bytes: weights,
    by_role: tallyBy(tensors, ({ role }) => role, weights),
    by_type: tallyBy(tensors, ({ type }) => type, weights),
    outside_bytes: sumOf(tensors.filter(({ layer }) => layer === null)),
    layers: explained,
    cache_bytes_per_token:
      known === null ? null : total(known, ({ cache_bytes_per_token }) => cache_bytes_per_token),
    unbounded_bytes_per_token:
      known === null
        ? null
        : total(known, (layer) => (layer.window === null ? layer.cache_bytes_per_token : 0)),
    state_bytes: known === null ? null : total(known, ({ state_bytes }) => state_bytes),
    growth: known === null ? null : growthOf(known),
  };
}

function explainLayers(tensors: readonly Tensor[], layers: Model['layers']): readonly ExplainedLayer[] {
  const own = new Map<number, Tensor[]>();
  for (const tensor of tensors) {
    if (tensor.layer === null) continue;
    const list = own.get(tensor.layer) ?? [];
    list.push(tensor);
    own.set(tensor.layer, list);
  }
  const last = [...own.keys()].reduce((most, layer) => Math.max(most, layer), -1);
  const count = Math.max(layers?.length ?? 0, last + 1);
  return Array.from({ length: count }, (_, layer) =>
    explainLayer(layer, own.get(layer) ?? [], layers === null ? null : (layers[layer] ?? nothing)),
  );
}

const nothing: LayerMemory = { cache: null, state: null };

function explainLayer(layer: number, tensors: readonly Tensor[], memory: LayerMemory | null): ExplainedLayer {
  const bytes = sumOf(tensors);
  const cache = memory?.cache ?? null;
  const state = memory?.state ?? null;
  const unknown = memory === null;
  return {
    layer,
    kind: kindOf(memory),
    tensors: tensors.length,
    bytes,
    roles: tallyBy(tensors, ({ role }) => role, bytes).map((tally) => ({
      role: tally.key,
      bytes: tally.bytes,
    })),
    cache_bytes_per_token: unknown
      ? null
      : F16_BYTES * ((cache?.key_elements ?? 0) + (cache?.value_elements ?? 0)),
    window: cache?.window ?? null,
    state_bytes: unknown ? null : F32_BYTES * ((state?.r_elements ?? 0) + (state?.s_elements ?? 0)),
  };
}

function kindOf(memory: LayerMemory | null): LayerKind {
  if (memory === null) return 'unknown';
  const { cache, state } = memory;
  if (cache !== null && state !== null) return 'both';
  if (state !== null) return 'recurrent';
  if (cache === null) return 'none';
  return cache.window === null ? 'full' : 'sliding';
}

function growthOf(layers: readonly ExplainedLayer[]): Explanation['growth'] {
  const numbers = (holds: (layer: ExplainedLayer) => boolean) =>
    layers.filter(holds).map(({ layer }) => layer);
  const grows = (layer: ExplainedLayer) => layer.cache_bytes_per_token !== 0;
  return {
    grows: numbers((layer) => grows(layer) && layer.window === null),
    windowed: numbers((layer) => grows(layer) && layer.window !== null),
    fixed: numbers((layer) => !grows(layer)),
  };
}

function tallyBy<Key extends string>(
  tensors: readonly Tensor[],
  keyOf: (tensor: Tensor) => Key,
  whole: number,
): readonly Tally<Key>[] {
  const groups = new Map<Key, { tensors: number; bytes: number; types: Set<string> }>();
  for (const tensor of tensors) {
    const key = keyOf(tensor);
    const group = groups.get(key) ?? { tensors: 0, bytes: 0, types: new Set() };
    group.tensors++;
    group.bytes += tensor.bytes;
    group.types.add(tensor.type);
    groups.set(key, group);
  }
  return [...groups]
    .map(([key, { tensors: count, bytes, types }]) => ({
      key,
      tensors: count,
      bytes,
      share: whole === 0 ? 0 : bytes / whole,
      types: [...types],
    }))
    .sort((left, right) => right.bytes - left.bytes);
}

function total(layers: readonly ExplainedLayer[], bytesOf: (layer: ExplainedLayer) => number | null): number {
  return layers.reduce((sum, layer) => sum + (bytesOf(layer) ?? 0), 0);
}

function sumOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { bytes }) => sum + bytes, 0);
}
