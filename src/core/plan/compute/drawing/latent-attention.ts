import { rowBytes } from '../../kv-cache';
import { turnedValue } from './attend';
import { type Block, UnknownGraph } from './block';
import { chosenCells, sparseMask } from './indexer';
import { F16, type Node, operation, type Shape, view, writeInto } from './tensor-graph';

/** DeepSeek's latent attention with absorbed matrices: one shared key a token (`src/models/deepseek2.cpp`). */
export function latentAttention(block: Block, input: Node, traits: LatentTraits): Node {
  const { sketch } = block;
  const rotated = (node: Node): Node => (traits.rope ? sketch.rope(node) : node);
  const widths = widthsOf(block);
  const { tokens } = sketch.batch;
  const narrow = narrowQuery(block, input);
  const chosen = chosenCells(block, input, narrow);
  const query = latentQuery(block, input, narrow);
  const compressed = sketch.multiply(block.weight('attn_kv_a_mqa.weight'), input);
  const whole = compressed.bytes;
  const latent = block.norm(view(compressed, [widths.rank, tokens, 1, 1], whole), 'attn_kv_a_norm', 'rms');
  const part = view(compressed, [widths.rotated, 1, tokens, 1], whole);
  const rotatedKey = rotated(block.norm(part, 'attn_k_norm', 'rms'));
  const heads: Shape = [widths.plain + widths.rotated, widths.heads, tokens, 1];
  const queries = view(query, heads);
  const plain = view(queries, [widths.plain, tokens, widths.heads, 1], query.bytes);
  const rotatedQuery = rotated(view(queries, [widths.rotated, widths.heads, tokens, 1], query.bytes));
  const absorbed = sketch.multiply(block.weight('attn_k_b.weight'), plain);
  const joined = sketch.fresh(
    [widths.rank + widths.rotated, widths.heads, tokens, 1],
    view(absorbed, [widths.rank, widths.heads, tokens, 1]),
    rotatedQuery,
  );
  const value = view(latent, [widths.rank, 1, tokens, 1]);
  const key = sketch.fresh([widths.rank + widths.rotated, 1, tokens, 1], value, rotatedKey);
  const asked = traits.tempered ? sketch.elementwise(joined, sketch.temperatures()) : joined;
  for (const node of [asked, value, key]) sketch.expand(node);
  const attended = attend(block, asked, key, widths, chosen);
  if (!block.has('attn_gate.weight')) return block.project('attn_output', attended);
  return sketch.multiply(block.weight('attn_output.weight'), gated(block, input, attended, widths));
}

/** A gate over what was attended to, one a number (Kimi K3) or one a head (Bailing 3). */
function gated(block: Block, input: Node, attended: Node, widths: Widths): Node {
  const { sketch } = block;
  const [, tokens] = attended.shape;
  const gate = sketch.multiply(block.weight('attn_gate.weight'), input);
  if (gate.shape[0] === attended.shape[0]) return sketch.elementwise(attended, sketch.elementwise(gate));
  if (gate.shape[0] !== widths.heads) throw new UnknownGraph('a gate over latent attention');
  const open = sketch.elementwise(view(gate, [1, widths.heads, tokens, 1]));
  const byHead = view(attended, [widths.value, widths.heads, tokens, 1]);
  return sketch.fresh(attended.shape, sketch.elementwise(byHead, open));
}

/** How an architecture's latent attention differs: whether it rotates, and scales queries by their position. */
export interface LatentTraits {
  readonly rope: boolean;
  readonly tempered: boolean;
}

/** Heads, and the numbers of each: of what is cached, of the part that is rotated and the plain one, of a value. */
export interface Widths {
  readonly heads: number;
  readonly rank: number;
  readonly rotated: number;
  readonly plain: number;
  readonly value: number;
}

function widthsOf(block: Block): Widths {
  const keys = block.tensor('attn_k_b.weight')?.dimensions;
  const values = block.tensor('attn_v_b.weight')?.dimensions;
  const all = block.tensor('attn_kv_a_mqa.weight')?.dimensions[1];
  if (keys === undefined || values === undefined || all === undefined)
    throw new UnknownGraph('no latent widths');
  const [plain = 0, rank = 0, heads = 1] = keys;
  return { heads, rank, plain, rotated: all - rank, value: values[1] ?? 0 };
}

/** The first of two projections of the query; null where there is only one. */
export function narrowQuery(block: Block, input: Node): Node | null {
  if (block.has('attn_q.weight')) return null;
  const low = block.sketch.multiply(block.weight('attn_q_a.weight'), input);
  return block.norm(low, 'attn_q_a_norm', 'rms');
}

export function latentQuery(block: Block, input: Node, narrow: Node | null): Node {
  const { sketch } = block;
  return narrow === null
    ? sketch.multiply(block.weight('attn_q.weight'), input)
    : sketch.multiply(block.weight('attn_q_b.weight'), narrow);
}

function attend(block: Block, query: Node, key: Node, widths: Widths, chosen: Node | null): Node {
  const { sketch, layer } = block;
  const { tokens, cells } = sketch.batch;
  const width = widths.rank + widths.rotated;
  const { streams } = cells;
  const window = block.memory.cache?.window ?? null;
  const count = sketch.cellsOf(window);
  const each = tokens / streams;
  const keys = sketch.cache('keys', layer, width, window);
  sketch.expand(writeInto(keys, [view(key, [width, tokens, 1, 1]), sketch.indexes('keys', window)]));
  const bytes = rowBytes(sketch.settings.keyType, width) * count * streams;
  const asked = view(view(query, [width, widths.heads, each, streams]), [width, each, widths.heads, streams]);
  const all = view(keys, [width, 1, count, streams], bytes);
  const seen = view(all, [width, count, 1, streams], bytes);
  const spanned = bytes - rowBytes(sketch.settings.keyType, widths.rotated);
  const content = view(
    view(all, [widths.rank, 1, count, streams], spanned),
    [widths.rank, count, 1, streams],
    spanned,
  );
  const out = block.weight('attn_v_b.weight');
  const whole = sketch.mask(window);
  const mask = chosen === null ? whole : sparseMask(block, whole, chosen);
  const sinks = block.find('attn_sinks.weight');
  const extra = sinks === null ? [mask] : [mask, sinks];
  if (sketch.flash) {
    // Flash attention wants halves: a cache of whole floats is converted first, each look at it anew.
    const halved = (cache: Node): Node =>
      sketch.settings.keyType === 'f32' ? operation(cache.shape, [cache], { elementBytes: F16 }) : cache;
    const mixed = operation(
      [widths.rank, widths.heads, each, streams],
      [asked, halved(seen), halved(content), ...extra],
      { followsWeights: false },
    );
    sketch.graph.flashed.push({ node: mixed, layer });
    const turned = view(mixed, [widths.rank, each, widths.heads, streams]);
    const values = sketch.multiply(out, turned);
    const turnedBack = sketch.fresh(
      [widths.value, widths.heads, each, streams],
      view(values, [widths.value, widths.heads, each, streams]),
    );
    return sketch.expand(view(turnedBack, [widths.value * widths.heads, tokens, 1, 1]));
  }
  const weights = sketch.elementwise(
    operation([count, each, widths.heads, streams], [seen, asked]),
    ...extra,
  );
  const { keyType } = sketch.settings;
  const turned = turnedValue(content, keyType, rowBytes(keyType, widths.rank), rowBytes(keyType, width));
  const mixed = operation([widths.rank, each, widths.heads, streams], [turned, weights]);
  const values = sketch.multiply(out, mixed);
  const result = sketch.fresh([widths.value * widths.heads, tokens, 1, 1], values);
  if (!sketch.settings.offloadCache && sketch.pinned) result.pin = sketch.host;
  return sketch.expand(result);
}
