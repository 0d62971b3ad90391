import type { LayerMemory } from '../../../model/schema';
import { widestValue } from '../../kv-cache';
import { type Block, UnknownGraph } from './block';
import { isStrided, rotate, rotationsOf } from './rotations';
import type { Sketch } from './sketch';
import { type Node, view, writeInto } from './tensor-graph';

/** Heads of one block, and the numbers of each. */
export interface Heads {
  readonly query: number;
  readonly keyValue: number;
  readonly key: number;
  readonly value: number;
}

/** Queries, keys and values of a batch, a row a token; null keys and values where an earlier block's cache is read. */
export interface Asked {
  readonly query: Node;
  readonly key: Node | null;
  readonly value: Node | null;
  readonly heads: Heads;
  /** What is added to scores, which keeps attention from being fused (T5). */
  readonly bias?: Node;
  /** The cells that are attended to; all where none are chosen. */
  readonly chosen?: Node | null;
}

/** What attention reads once the batch is in the cache. */
export interface Stored {
  readonly query: Node;
  readonly keys: Node;
  readonly values: Node;
  readonly window: number | null;
  /** What results are multiplied with where values were. */
  readonly rotation: Node | null;
}

/** Rotates the batch for quantised caches, and writes it into them. */
export function storeBatch(block: Block, { query, key, value, heads }: Asked, keysFirst: boolean): Stored {
  const { sketch } = block;
  const { layer, cache } = cacheOf(block);
  const { window } = cache;
  const keyWidth = heads.key * heads.keyValue;
  const valueWidth = heads.value * heads.keyValue;
  const keys = sketch.cache('keys', layer, keyWidth, window);
  const values = sketch.cache('values', layer, valueWidth, window);
  const rotations = rotationsOf(sketch, heads, window);
  const rotatedQuery = rotate(sketch, query, rotations.key);
  const rotatedKey = key === null ? null : rotate(sketch, key, rotations.key);
  const rotatedValue = value === null ? null : rotate(sketch, value, rotations.value);
  sketch.expand(rotatedQuery);
  const order = keysFirst ? [rotatedKey, rotatedValue] : [rotatedValue, rotatedKey];
  for (const node of order) if (node !== null) sketch.expand(node);
  const { tokens } = sketch.batch;
  if (rotatedKey !== null) {
    const rows = view(rotatedKey, [keyWidth, tokens, 1, 1], rotatedKey.bytes);
    sketch.expand(writeInto(keys, [rows, sketch.indexes('keys', window)]));
  }
  if (rotatedValue !== null) sketch.expand(writeValues(sketch, values, rotatedValue, valueWidth, window));
  return { query: rotatedQuery, keys, values, window, rotation: rotations.value };
}

/** The cache a block reads: its own, or the last one before it of the same kind (Gemma 3n and 4 share them). */
export function cacheOf(block: Block): { layer: number; cache: NonNullable<LayerMemory['cache']> } {
  const { layers } = block.sketch.model;
  const windowed = windowedByPattern(block);
  for (let layer = block.layer; layer >= 0; layer--) {
    const cache = layers?.[layer]?.cache ?? null;
    if (cache !== null && (layer === block.layer || (cache.window !== null) === windowed))
      return { layer, cache };
  }
  throw new UnknownGraph(`blk.${block.layer} reads no cache`);
}

/** Layers that share an earlier layer's cache have no window of their own, but the pattern of the file still holds. */
export function windowedByPattern(block: Block): boolean {
  const pattern = block.sketch.number('attention.sliding_window_pattern', block.layer);
  return block.memory.cache === null && pattern === 1;
}

/** Without flash attention V lies transposed: each number goes to a place of its own. */
function writeValues(sketch: Sketch, values: Node, value: Node, width: number, window: number | null): Node {
  const { tokens } = sketch.batch;
  if (!sketch.transposed) {
    return writeInto(values, [
      view(value, [width, tokens, 1, 1], value.bytes),
      sketch.indexes('values', window),
    ]);
  }
  const widest = widestValue(sketch.model.layers!);
  const whole = isStrided(value)
    ? sketch.fresh([width, tokens, 1, 1], value)
    : view(value, [width, tokens, 1, 1]);
  const padded = width < widest ? sketch.fresh([widest, tokens, 1, 1], whole) : whole;
  const numbers = view(padded, [1, widest * tokens, 1, 1]);
  return writeInto(values, [numbers, sketch.indexes('values', window, widest)]);
}
