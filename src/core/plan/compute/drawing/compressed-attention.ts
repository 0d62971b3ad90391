import { rowBytes } from '../../kv-cache';
import type { KvType } from '../../schema';
import { turnedValue } from './attend';
import { type Block, UnknownGraph } from './block';
import {
  compressRows,
  INDEXED_RATIO,
  indexerWidth,
  rowCache,
  rowCells,
  rowMask,
  type RowKind,
} from './compressed-rows';
import { rotate, rotationMatrix } from './rotations';
import type { Sketch } from './sketch';
import { F16, F32, I32, type Node, operation, type Shape, view, writeInto } from './tensor-graph';

/**
 * DeepSeek V4's attention (`src/models/deepseek4.cpp: build_attention_impl`): one key a token that is the value too, of a window; in most
 * blocks also rows that stand for 4 tokens each, of which an indexer chooses, or for 128.
 */
export function compressedAttention(block: Block, input: Node): Node {
  const { sketch } = block;
  const { cache } = block.memory;
  if (cache === null || cache.window === null) throw new UnknownGraph('no window');
  const width = cache.key_elements;
  const heads = sketch.number('attention.head_count', block.layer);
  if (heads === null) throw new UnknownGraph('no heads');
  const { tokens } = sketch.batch;
  const low = sketch.multiply(block.weight('attn_q_a.weight'), input);
  const narrow = block.norm(low, 'attn_q_a_norm', 'rms');
  const asked = sketch.multiply(block.weight('attn_q_b.weight'), narrow);
  const query = sketch.rope(sketch.elementwise(view(asked, [width, heads, tokens, 1])));
  const plain = block.norm(sketch.multiply(block.weight('attn_kv.weight'), input), 'attn_kv_a_norm', 'rms');
  const key = sketch.rope(view(plain, [width, 1, tokens, 1]));
  const ratio = cache.compressed?.ratio ?? 0;
  const kind = ratio === 0 ? null : ratio === INDEXED_RATIO ? 'csa' : 'hca';
  if (kind !== null) compressRows(block, input, kind, ratio, width);
  if (kind === 'csa') compressRows(block, input, 'lid', ratio, indexerWidth(sketch));
  const chosen = kind === 'csa' ? chooseRows(block, input, narrow) : null;
  const attended = attendToBoth(block, { query, key, chosen, kind, ratio, width, heads });
  return project(block, sketch.ropeBack(view(attended, [width, heads, tokens, 1])));
}

/** The output projection: one in each group of heads, then one over all. */
function project(block: Block, attended: Node): Node {
  const { sketch } = block;
  const [width, heads, tokens] = attended.shape;
  const groups = sketch.number('attention.output_group_count') ?? 1;
  const first = block.weight('attn_output_a.weight');
  const rank = (first.shape[1] * first.shape[2]) / groups;
  const grouped = view(view(attended, [(width * heads) / groups, groups, tokens, 1]), [
    (width * heads) / groups,
    tokens,
    groups,
    1,
  ]);
  const narrow = operation([rank, tokens, groups, 1], [first, grouped], { rows: tokens });
  const joined = sketch.fresh([rank * groups, tokens, 1, 1], view(narrow, [rank, groups, tokens, 1]));
  return sketch.multiply(block.weight('attn_output_b.weight'), joined);
}

/** The rows that a block's tokens attend to, the best of those its indexer ranks (`build_lid_top_k`). */
function chooseRows(block: Block, input: Node, narrow: Node): Node {
  const { sketch } = block;
  const width = indexerWidth(sketch);
  const heads = sketch.number('attention.indexer.head_count');
  const most = sketch.number('attention.indexer.top_k');
  if (heads === null || most === null) throw new UnknownGraph('no indexer sizes');
  const { tokens, cells } = sketch.batch;
  const { streams } = cells;
  const each = tokens / streams;
  const projected = sketch.multiply(block.weight('indexer.attn_q_b.weight'), narrow);
  const matrix = rotationMatrix(sketch, 'lid', width, true);
  const query = rotate(sketch, sketch.rope(view(projected, [width, heads, tokens, 1])), matrix);
  const weights = sketch.elementwise(sketch.multiply(block.weight('indexer.proj.weight'), input));
  const rows = rowCells(sketch, INDEXED_RATIO);
  const keys = rowCache(block, 'lid', INDEXED_RATIO, width);
  const score = operation(
    [rows, each, 1, streams],
    [
      view(query, [width, heads, each, streams]),
      view(keys, [width, 1, rows, streams], keys.bytes),
      view(weights, [heads, each, 1, streams]),
      rowMask(sketch, 'lid', INDEXED_RATIO),
    ],
  );
  const best = operation([Math.min(most, rows), each, 1, streams], [score], { elementBytes: I32 });
  return operation(best.shape, [best], { elementBytes: I32 });
}

interface Both {
  readonly query: Node;
  readonly key: Node;
  /** Rows that an indexer chose; null where all are seen. */
  readonly chosen: Node | null;
  readonly kind: Exclude<RowKind, 'lid'> | null;
  readonly ratio: number;
  readonly width: number;
  readonly heads: number;
}

function attendToBoth(block: Block, { query, key, chosen, kind, ratio, width, heads }: Both): Node {
  const { sketch, layer } = block;
  const { window } = block.memory.cache!;
  const { keyType } = sketch.settings;
  const matrix = rotationMatrix(sketch, 'window', width, width === indexerWidth(sketch));
  const [asked, stored] = [rotate(sketch, query, matrix), rotate(sketch, key, matrix)];
  sketch.expand(asked);
  sketch.expand(stored);
  const { tokens, cells } = sketch.batch;
  const keys = sketch.cache('keys', layer, width, window);
  sketch.expand(writeInto(keys, [view(stored, [width, tokens, 1, 1]), sketch.indexes('keys', window)]));
  const inWindow = sketch.cellsOf(window);
  const looked = (cache: Node, count: number): Node =>
    view(cache, [width, 1, count, cells.streams], cache.bytes);
  const near = looked(keys, inWindow);
  const nearMask = sketch.mask(window);
  if (kind === null) return rotate(sketch, attendTo(block, asked, near, nearMask, heads), matrix);
  const count = inWindow + rowCells(sketch, ratio);
  const all = operation(
    [width, 1, count, cells.streams],
    [near, looked(rowCache(block, kind, ratio, width), rowCells(sketch, ratio))],
    { bytes: rowBytes(keyType, width) * count * cells.streams },
  );
  const farMask = rowMask(sketch, kind, ratio);
  const shape: Shape = [count, tokens / cells.streams, 1, cells.streams];
  const mask = operation(shape, [nearMask, chosen === null ? farMask : choiceMask(sketch, farMask, chosen)], {
    elementBytes: sketch.flash ? F16 : F32,
  });
  return rotate(sketch, attendTo(block, asked, all, mask, heads), matrix);
}

/** The mask with everything hidden but the chosen rows (`build_top_k_mask`). */
function choiceMask(sketch: Sketch, mask: Node, chosen: Node): Node {
  const [count, each, , streams] = mask.shape;
  const same = { inPlace: true, bytes: mask.bytes };
  const hidden = operation(mask.shape, [mask], same);
  const blank = sketch.blank([1, chosen.shape[0], each, streams], sketch.flash ? F16 : F32);
  const zeros = operation(blank.shape, [blank], { inPlace: true, bytes: blank.bytes });
  const rows = view(hidden, [1, count, each, streams], mask.bytes);
  const picks = view(chosen, [chosen.shape[0], each, streams, 1], chosen.bytes);
  const shown = view(writeInto(rows, [zeros, picks]), mask.shape, mask.bytes);
  return operation(mask.shape, [shown, mask], same);
}

/** `build_attn_mha` with keys that are the values too. */
function attendTo(block: Block, query: Node, keys: Node, mask: Node, heads: number): Node {
  const { sketch, layer } = block;
  const [width, , count, streams] = keys.shape;
  const { tokens } = sketch.batch;
  const each = tokens / streams;
  const asked = view(view(query, [width, heads, each, streams]), [width, each, heads, streams]);
  const seen = (): Node => view(keys, [width, count, 1, streams], keys.bytes);
  const sinks = block.find('attn_sinks.weight');
  const extra = sinks === null ? [mask] : [mask, sinks];
  const { keyType } = sketch.settings;
  if (sketch.flash) {
    const parts = [halved(seen(), keyType), halved(seen(), keyType)];
    const mixed = operation([width, heads, each, streams], [asked, ...parts, ...extra], {
      followsWeights: false,
    });
    sketch.graph.flashed.push({ node: mixed, layer });
    return sketch.expand(view(mixed, [width * heads, tokens, 1, 1]));
  }
  const weights = sketch.elementwise(operation([count, each, heads, streams], [seen(), asked]), ...extra);
  const turned = turnedValue(seen(), keyType, rowBytes(keyType, width));
  const mixed = operation([width, each, heads, streams], [turned, weights]);
  const result = sketch.fresh([width * heads, tokens, 1, 1], view(mixed, [width, heads, each, streams]));
  if (!sketch.settings.offloadCache && sketch.pinned) result.pin = sketch.host;
  return sketch.expand(result);
}

function halved(cache: Node, type: KvType): Node {
  return type === 'f32' ? operation(cache.shape, [cache], { elementBytes: F16 }) : cache;
}
