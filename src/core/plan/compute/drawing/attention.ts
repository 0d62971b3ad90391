import { attend } from './attend';
import { chooseGroups } from './block-choice';
import { cacheOf, type Heads, windowedByPattern } from './store-batch';
import { type Block, UnknownGraph } from './block';
import { mainElements } from '../../kv-cache';
import { isEncoder } from './encoder';
import { attendsSparsely, attendSparsely } from './sparse-attention';
import { F32, type Node, type Shape, view } from './tensor-graph';

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
  /** Queries are multiplied by a temperature of their position. */
  readonly tempered: boolean;
  /** Queries and keys are rotated before their norm, not after. */
  readonly rotatesFirst: boolean;
  readonly ropeFactors: boolean;
}

/** Attention of one block over `input`, output projection included (`build_qkv`, `build_attn` in src/llama-graph.cpp). */
export function attention(block: Block, input: Node, traits: AttentionTraits): Node {
  const heads = headsOf(block);
  const chosen = chooseGroups(block, input);
  const parts = project(block, input, heads, traits);
  const asked = { ...parts, heads, chosen };
  const result = attendsSparsely(block) ? attendSparsely(block, input, asked) : attend(block, asked);
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
  if (sketch.cacheless)
    return { query, keyValue: sketch.number('attention.head_count_kv', layer) ?? query, key, value };
  const { cache } = cacheOf(block);
  return { query, keyValue: Math.max(1, Math.round(mainElements(cache).key / key)), key, value };
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
  if (!block.has('attn_k.weight') || (block.memory.cache === null && !sketch.cacheless)) {
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
  return (sketch.model.architecture ?? '').startsWith('gemma4') && windowed
    ? null
    : sketch.ropeFactors(block.layer);
}

/** A norm over all heads at once (OLMo 2) comes before they are told apart. */
function wide(block: Block, projected: Node, name: string, shape: Shape): Node {
  const norm = block.tensor(`${name}.weight`);
  const overAll =
    norm !== null && norm.dimensions[0] === projected.shape[0] && norm.dimensions[0] !== shape[0];
  return view(
    overAll ? block.norm(projected, name, isEncoder(block.sketch.model) ? 'layer' : 'rms') : projected,
    shape,
  );
}

function headNorm(block: Block, node: Node, name: string, traits: AttentionTraits): Node {
  const norm = block.tensor(`${name}.weight`);
  if (norm === null || (norm.dimensions[0] !== node.shape[0] && norm.dimensions.length < 2)) return node;
  return block.norm(node, name, traits.norm);
}
