import type { LayerMemory } from '../../model/schema';
import { isQuantised, rowBytes } from '../kv-cache';
import type { KvType } from '../schema';
import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import { F16, F32, inputLeaf, type Node, operation, type Shape, view, writeInto } from './tensor-graph';

/** How one architecture's attention differs from the common one. */
export interface AttentionTraits {
  readonly norm: 'rms' | 'layer';
  /** Whether queries and keys of this block are rotated. */
  readonly rope: boolean;
  /** Queries are scaled after the rotation, before the scores. */
  readonly scaledQuery: boolean;
  /** Values are normalised (Gemma 4). */
  readonly normedValue: boolean;
  /** The query projection holds a gate of the same width (Qwen3-Next, Qwen3.5). */
  readonly gatedQuery: boolean;
  /** Several windows: keys are expanded before values (`build_attn` of the iSWA cache). */
  readonly windowed: boolean;
  /** Queries are multiplied by a temperature of their position. */
  readonly tempered: boolean;
  /** Queries and keys are rotated before their norm, not after. */
  readonly rotatesFirst: boolean;
  readonly ropeFactors: boolean;
}

interface Heads {
  readonly query: number;
  readonly keyValue: number;
  readonly key: number;
  readonly value: number;
}

/** Attention of one block over `input`, output projection included (`build_qkv`, `build_attn` in src/llama-graph.cpp). */
export function attention(block: Block, input: Node, traits: AttentionTraits): Node {
  const heads = headsOf(block);
  const parts = project(block, input, heads, traits);
  const result = attend(block, parts.query, parts.key, parts.value, heads, traits);
  const { sketch } = block;
  if (block.has('attn_gate.weight')) return output(block, gated(block, input, result, heads));
  if (parts.gate === null) return output(block, result);
  const gate = sketch.elementwise(sketch.fresh(result.shape, parts.gate));
  return output(block, sketch.elementwise(result, gate));
}

/** A gate of its own, one a number or one a head, over what was attended to (AFMoE, Laguna, Step 3.5). */
function gated(block: Block, input: Node, result: Node, heads: Heads): Node {
  const { sketch } = block;
  const gate = sketch.elementwise(block.project('attn_gate', input));
  if (gate.shape[0] !== heads.query) return sketch.elementwise(result, gate);
  const [, tokens] = gate.shape;
  const byHead = view(result, [heads.value, heads.query, tokens, 1]);
  return view(sketch.elementwise(byHead, view(gate, [1, heads.query, tokens, 1])), result.shape);
}

function output(block: Block, result: Node): Node {
  const normed = block.has('attn_sub_norm.weight') ? block.norm(result, 'attn_sub_norm', 'rms') : result;
  return block.has('attn_output.weight') ? block.project('attn_output', normed) : normed;
}

function headsOf(block: Block): Heads {
  const { sketch, layer, memory } = block;
  const { attention: facts } = sketch.model;
  const query = sketch.number('attention.head_count', layer) ?? facts.heads;
  const isWindowed = memory.cache !== null && memory.cache.window !== null;
  const swa = isWindowed || windowedByPattern(block);
  const key = (swa ? sketch.number('attention.key_length_swa') : null) ?? facts.key_length;
  const value = (swa ? sketch.number('attention.value_length_swa') : null) ?? facts.value_length;
  if (query === null || query === 0 || key === null || value === null) throw new UnknownGraph('no heads');
  const { cache } = cacheOf(block);
  return { query, keyValue: Math.max(1, Math.round(cache.key_elements / key)), key, value };
}

/** Layers that share an earlier layer's cache have no window of their own, but the pattern of the file still holds. */
function windowedByPattern(block: Block): boolean {
  const pattern = block.sketch.number('attention.sliding_window_pattern', block.layer);
  return block.memory.cache === null && pattern === 1;
}

interface Projections {
  readonly query: Node;
  /** Null for a layer that reads an earlier layer's cache. */
  readonly key: Node | null;
  readonly value: Node | null;
  readonly gate: Node | null;
}

function project(block: Block, input: Node, heads: Heads, traits: AttentionTraits): Projections {
  const { sketch } = block;
  const tokens = sketch.batch.tokens;
  const queryShape: Shape = [heads.key, heads.query, tokens, 1];
  const keyShape: Shape = [heads.key, heads.keyValue, tokens, 1];
  const valueShape: Shape = [heads.value, heads.keyValue, tokens, 1];
  const factors = ropeFactors(block, traits);
  const rotated = (node: Node): Node => (traits.rope ? sketch.rope(node, factors) : node);
  const finish = (node: Node, name: string): Node =>
    traits.rotatesFirst
      ? headNorm(block, rotated(node), name, traits)
      : rotated(headNorm(block, node, name, traits));
  const scale = (node: Node): Node => {
    const tempered = traits.tempered ? sketch.elementwise(node, sketch.temperatures()) : node;
    return traits.scaledQuery ? sketch.elementwise(tempered) : tempered;
  };
  if (block.has('attn_qkv.weight')) {
    const fused = block.project('attn_qkv', input);
    const part = (shape: Shape): Node => view(fused, shape, sketch.bytesOfPart(fused, shape[0] * shape[1]));
    return {
      query: scale(finish(part(queryShape), 'attn_q_norm')),
      key: finish(part(keyShape), 'attn_k_norm'),
      value: part(valueShape),
      gate: null,
    };
  }
  const projected = block.project('attn_q', input);
  // query and gate of a head lie behind each other
  const interleaved = (): Node => view(projected, queryShape, projected.bytes - heads.key * F32);
  const query = traits.gatedQuery ? interleaved() : wide(block, projected, 'attn_q_norm', queryShape);
  const gate = traits.gatedQuery ? interleaved() : null;
  if (!block.has('attn_k.weight') || block.memory.cache === null) {
    for (const name of ['attn_k.weight', 'attn_v.weight', 'attn_k_norm.weight', 'attn_k.bias', 'attn_v.bias'])
      block.skip(name);
    return { query: scale(finish(query, 'attn_q_norm')), key: null, value: null, gate };
  }
  const keys = block.project('attn_k', input);
  const key = wide(block, keys, 'attn_k_norm', keyShape);
  const values = block.has('attn_v.weight') ? block.project('attn_v', input) : keys;
  const value = view(values, valueShape);
  return {
    query: scale(finish(query, 'attn_q_norm')),
    key: finish(key, 'attn_k_norm'),
    value: traits.normedValue ? sketch.elementwise(value) : value,
    gate,
  };
}

/** Gemma 4 uses them in layers without a window only. */
function ropeFactors(block: Block, traits: AttentionTraits): Node | null {
  block.skipAll(/^rope_(freqs|factors_long|factors_short)\.weight$/u);
  if (!traits.ropeFactors) return null;
  const own = block.find('rope_freqs.weight') ?? block.find('rope_factors_long.weight');
  if (own !== null) return own;
  const { sketch, memory } = block;
  const windowed = memory.cache === null ? windowedByPattern(block) : memory.cache.window !== null;
  return sketch.model.architecture === 'gemma4' && windowed ? null : sketch.ropeFactors(block.layer);
}

/** A norm over all heads at once (OLMo 2) comes before they are told apart. */
function wide(block: Block, projected: Node, name: string, shape: Shape): Node {
  const norm = block.tensor(`${name}.weight`);
  const overAll =
    norm !== null && norm.dimensions[0] === projected.shape[0] && norm.dimensions[0] !== shape[0];
  return view(overAll ? block.norm(projected, name, 'rms') : projected, shape);
}

function headNorm(block: Block, node: Node, name: string, traits: AttentionTraits): Node {
  const norm = block.tensor(`${name}.weight`);
  if (norm === null || (norm.dimensions[0] !== node.shape[0] && norm.dimensions.length < 2)) return node;
  return block.norm(node, name, traits.norm);
}

/** Writes the batch into the cache and attends to all of it; the result has one row a token. */
function attend(
  block: Block,
  query: Node,
  key: Node | null,
  value: Node | null,
  heads: Heads,
  traits: AttentionTraits,
): Node {
  const { sketch } = block;
  const { layer, cache } = cacheOf(block);
  const { window } = cache;
  const keyWidth = heads.key * heads.keyValue;
  const valueWidth = heads.value * heads.keyValue;
  const keys = sketch.cache('keys', layer, cache.key_elements, window);
  const values = sketch.cache('values', layer, cache.value_elements, window);
  const rotations = rotationsOf(sketch, heads, window);
  const rotatedQuery = rotate(sketch, query, rotations.key);
  const rotatedKey = key === null ? null : rotate(sketch, key, rotations.key);
  const rotatedValue = value === null ? null : rotate(sketch, value, rotations.value);
  sketch.expand(rotatedQuery);
  const order = traits.windowed ? [rotatedKey, rotatedValue] : [rotatedValue, rotatedKey];
  for (const node of order) if (node !== null) sketch.expand(node);
  const { tokens } = sketch.batch;
  if (rotatedKey !== null) {
    const rows = view(rotatedKey, [keyWidth, tokens, 1, 1], rotatedKey.bytes);
    sketch.expand(writeInto(keys, [rows, sketch.indexes('keys', window)]));
  }
  if (rotatedValue !== null) sketch.expand(writeValues(sketch, values, rotatedValue, valueWidth, window));
  const result = scores(block, rotatedQuery, keys, values, heads, window);
  sketch.expand(result);
  return rotations.value === null ? result : rotate(sketch, result, rotations.value);
}

/** The cache a block reads: its own, or the last one before it of the same kind (Gemma 3n and 4 share them). */
function cacheOf(block: Block): { layer: number; cache: NonNullable<LayerMemory['cache']> } {
  const { layers } = block.sketch.model;
  const windowed = windowedByPattern(block);
  for (let layer = block.layer; layer >= 0; layer--) {
    const cache = layers?.[layer]?.cache ?? null;
    if (cache !== null && (layer === block.layer || (cache.window !== null) === windowed))
      return { layer, cache };
  }
  throw new UnknownGraph(`blk.${block.layer} reads no cache`);
}

/** Without flash attention V lies transposed: each number goes to a place of its own. */
function writeValues(sketch: Sketch, values: Node, value: Node, width: number, window: number | null): Node {
  const { tokens } = sketch.batch;
  if (sketch.settings.flashAttention) {
    return writeInto(values, [
      view(value, [width, tokens, 1, 1], value.bytes),
      sketch.indexes('values', window),
    ]);
  }
  const widest = widestValue(sketch);
  const whole = isStrided(value)
    ? sketch.fresh([width, tokens, 1, 1], value)
    : view(value, [width, tokens, 1, 1]);
  const padded = width < widest ? sketch.fresh([widest, tokens, 1, 1], whole) : whole;
  const numbers = view(padded, [1, widest * tokens, 1, 1]);
  return writeInto(values, [numbers, sketch.indexes('values', window, widest)]);
}

function widestValue(sketch: Sketch): number {
  return sketch.model.layers!.reduce((most, layer) => Math.max(most, layer.cache?.value_elements ?? 0), 0);
}

function isStrided(node: Node): boolean {
  return (
    node.kind === 'view' &&
    node.root !== null &&
    node.root.bytes !== node.shape[0] * node.shape[1] * node.shape[2] * node.shape[3] * F32
  );
}

function scores(
  block: Block,
  query: Node,
  keys: Node,
  values: Node,
  heads: Heads,
  window: number | null,
): Node {
  const { sketch } = block;
  const { tokens, cells } = sketch.batch;
  const { streams } = cells;
  const count = sketch.cellsOf(window);
  const each = tokens / streams;
  const asked = view(
    view(query, [heads.key, heads.query, each, streams], query.bytes),
    [heads.key, each, heads.query, streams],
    query.bytes,
  );
  const type = sketch.settings;
  const keyBytes = rowBytes(type.keyType, heads.key * heads.keyValue) * count * streams;
  const valueWidth = rowBytes(type.valueType, heads.value * heads.keyValue);
  // transposed, every layer's V of a stream is as wide as the widest layer's
  const stride = type.flashAttention ? valueWidth : rowBytes(type.valueType, widestValue(sketch));
  const valueBytes = (stride * (streams - 1) + valueWidth) * count;
  const key = view(
    view(keys, [heads.key, heads.keyValue, count, streams], keyBytes),
    [heads.key, count, heads.keyValue, streams],
    keyBytes,
  );
  const value = view(
    view(values, [heads.value, heads.keyValue, count, streams], valueBytes),
    [heads.value, count, heads.keyValue, streams],
    valueBytes,
  );
  const mask = sketch.mask(window);
  const sinks = block.find('attn_sinks.weight');
  const extra = sinks === null ? [mask] : [mask, sinks];
  if (type.flashAttention) {
    const seen = [halved(key, type.keyType), halved(value, type.valueType)];
    const result = operation([heads.value, heads.query, each, streams], [asked, ...seen, ...extra], {
      followsWeights: false,
    });
    return view(result, [heads.value * heads.query, tokens, 1, 1]);
  }
  const raw = operation([count, each, heads.query, streams], [key, asked]);
  const capped =
    sketch.number('attn_logit_softcapping') === null
      ? raw
      : sketch.elementwise(sketch.elementwise(sketch.elementwise(raw)));
  const weights = sketch.elementwise(capped, ...extra);
  const mixed = operation([heads.value, each, heads.query, streams], [value, weights]);
  const turned = view(mixed, [heads.value, heads.query, each, streams]);
  const result = sketch.fresh([heads.value * heads.query, tokens, 1, 1], turned);
  if (!sketch.settings.offloadCache && sketch.pinned) result.backend = sketch.host;
  return result;
}

interface Rotations {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** Quantised caches are rotated by a Hadamard matrix, one for each cache (`build_input_k_rot`). */
function rotationsOf(sketch: Sketch, heads: Heads, window: number | null): Rotations {
  const { keyType, valueType } = sketch.settings;
  // `build_inp_mem_hybrid_iswa` makes none.
  if (sketch.hybridWindows) return { key: null, value: null };
  const rotatesKey = isQuantised(keyType) && heads.key % 64 === 0;
  const rotatesValue = isQuantised(valueType) && heads.value % 64 === 0;
  return {
    key: rotatesKey ? rotation(sketch, `keys ${window}`, largestPower(heads.key)) : null,
    value: rotatesValue ? rotation(sketch, `values ${window}`, 64) : null,
  };
}

function largestPower(width: number): number {
  let size = 64;
  while (width % (size * 2) === 0) size *= 2;
  return size;
}

function rotation(sketch: Sketch, name: string, size: number): Node {
  return sketch.shared(`rotation of ${name} ${size}`, () => inputLeaf([size, size, 1, 1], F32));
}

function rotate(sketch: Sketch, node: Node, matrix: Node | null): Node {
  if (matrix === null) return node;
  const [size] = matrix.shape;
  const count = (node.shape[0] * node.shape[1] * node.shape[2] * node.shape[3]) / size;
  const flat: Shape = [size, count, 1, 1];
  const rows = isStrided(node) ? sketch.fresh(flat, node) : view(node, flat);
  return view(operation(flat, [matrix, rows]), node.shape);
}

/** Flash attention wants halves: a cache of whole floats is converted first. */
function halved(cache: Node, kind: KvType): Node {
  return kind === 'f32' ? operation(cache.shape, [cache], { elementBytes: F16 }) : cache;
}
