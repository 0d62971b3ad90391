import type { Bytes } from '../../../units';
import { isQuantised, rowBytes, turnedBytes, widestValue } from '../../kv-cache';
import type { KvType } from '../../schema';
import { type Block, UnknownGraph } from './block';
import { sparseMask } from './indexer';
import { hasWindow } from './encoder';
import { rotate } from './rotations';
import { type Asked, type Heads, storeBatch } from './store-batch';
import type { Sketch } from './sketch';
import { F16, type Node, operation, view } from './tensor-graph';

/**
 * Writes the batch into the cache and attends to all of it (`build_attn`, `build_attn_mha` in src/llama-graph.cpp); the result has
 * one row a token. Models without any cache attend to the batch alone.
 */
export function attend(block: Block, asked: Asked): Node {
  const { sketch } = block;
  const { heads } = asked;
  if (sketch.cacheless) return attendToBatch(block, asked.query, asked.key, asked.value, heads);
  // the cache of several windows expands keys first
  const { query, keys, values, window, rotation } = storeBatch(block, asked, sketch.windowed);
  const chosen = asked.chosen ?? null;
  const result = scores(block, { query, keys, values, heads, window, bias: asked.bias, chosen });
  sketch.expand(result);
  return rotate(sketch, result, rotation);
}

interface Scored {
  readonly query: Node;
  readonly keys: Node;
  readonly values: Node;
  readonly heads: Heads;
  readonly window: number | null;
  readonly bias: Node | undefined;
  readonly chosen: Node | null;
}

function scores(block: Block, { query, keys, values, heads, window, bias, chosen }: Scored): Node {
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
  const stride = sketch.transposed ? rowBytes(type.valueType, widestValue(sketch.model.layers!)) : valueWidth;
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
  const extra = maskAndSinks(block, chosen === null ? mask : sparseMask(block, mask, chosen));
  if (sketch.flash && bias === undefined) {
    const seen = [halved(key, type.keyType), halved(value, type.valueType)];
    return flashAttention(block, asked, seen, extra, heads);
  }
  const turned = sketch.transposed ? value : turnedValue(value, type.valueType, valueWidth);
  return plainAttention(block, asked, key, turned, extra, heads, bias);
}

function maskAndSinks(block: Block, mask: Node): Node[] {
  const sinks = block.find('attn_sinks.weight');
  return sinks === null ? [mask] : [mask, sinks];
}

function flashAttention(
  block: Block,
  asked: Node,
  seen: readonly Node[],
  extra: readonly Node[],
  heads: Heads,
): Node {
  const [, each, , streams] = asked.shape;
  const result = operation([heads.value, heads.query, each, streams], [asked, ...seen, ...extra], {
    followsWeights: false,
  });
  block.sketch.graph.flashed.push({ node: result, layer: block.layer });
  return view(result, [heads.value * heads.query, each * streams, 1, 1]);
}

function plainAttention(
  block: Block,
  asked: Node,
  key: Node,
  value: Node,
  extra: readonly Node[],
  heads: Heads,
  bias?: Node,
): Node {
  const { sketch } = block;
  const [, each, , streams] = asked.shape;
  const raw = capped(sketch, operation([key.shape[1], each, heads.query, streams], [key, asked]));
  const biased = bias === undefined ? raw : sketch.elementwise(raw, bias);
  const weights = sketch.elementwise(biased, ...extra);
  const mixed = operation([heads.value, each, heads.query, streams], [value, weights]);
  const turned = view(mixed, [heads.value, heads.query, each, streams]);
  const result = sketch.fresh([heads.value * heads.query, each * streams, 1, 1], turned);
  if (!sketch.settings.offloadCache && sketch.pinned) result.pin = sketch.host;
  return result;
}

/** Scores are capped in three steps in place; Grok caps them by steps of its own before. */
function capped(sketch: Sketch, raw: Node): Node {
  const steps = sketch.model.architecture === 'grok' ? 3 : 0;
  const soft = sketch.model.architecture === 'gemma2' ? 3 : 0;
  let result = raw;
  for (let step = 0; step < steps + soft; step++) result = sketch.elementwise(result);
  return result;
}

/** Values that do not lie transposed are turned first (`v_cont`); `row` is the bytes of a cell's. */
export function turnedValue(value: Node, type: KvType, row: Bytes, stride = row): Node {
  const [width, cells, heads, streams] = value.shape;
  const shape = [cells, width, heads, streams] as const;
  const spanned = isQuantised(type)
    ? turnedBytes(type, { cells, streams, heads, width, row: stride })
    : value.bytes;
  return operation(shape, [view(value, shape, spanned)], { bytes: row * cells * streams });
}

/** Flash attention wants halves: a cache of whole floats is converted first. */
function halved(cache: Node, kind: KvType): Node {
  return kind === 'f32' ? operation(cache.shape, [cache], { elementBytes: F16 }) : cache;
}

/** Attention among the tokens of a batch (`llm_graph_input_attn_no_cache`): encoders and diffusion models. */
function attendToBatch(block: Block, query: Node, key: Node | null, value: Node | null, heads: Heads): Node {
  if (key === null || value === null) throw new UnknownGraph(`blk.${block.layer} has no keys`);
  const { sketch } = block;
  const mask = sketch.batchMask(hasWindow(sketch.model, block.layer));
  return attendToRows(block, { query, key, value, heads }, mask, sketch.batch.tokens);
}

/** Attention to so many keys and values that are in no cache. */
export function attendToRows(
  block: Block,
  { query, key, value, heads, bias }: Asked & { readonly key: Node; readonly value: Node },
  mask: Node,
  count: number,
): Node {
  const { sketch } = block;
  for (const node of [query, key, value]) sketch.expand(node);
  const asked = view(query, [heads.key, sketch.batch.tokens, heads.query, 1], query.bytes);
  const seenKeys = view(key, [heads.key, count, heads.keyValue, 1], key.bytes);
  const seenValues = view(value, [heads.value, count, heads.keyValue, 1], value.bytes);
  const extra = maskAndSinks(block, mask);
  const fused = sketch.flash && bias === undefined;
  const result = fused
    ? flashAttention(block, asked, [halved(seenKeys, 'f32'), halved(seenValues, 'f32')], extra, heads)
    : plainAttention(
        block,
        asked,
        seenKeys,
        sketch.fresh([count, heads.value, heads.keyValue, 1], seenValues),
        extra,
        heads,
        bias,
      );
  return sketch.expand(result);
}
