import type { LayerMemory, Model } from '../model/schema';
import { type Bytes, padTo } from '../units';
import { type CacheSettings, cellsApart, type Cells, cellsOf, type Settings } from './settings';
import type { KvType } from './schema';

/** Bytes of one block of 32 elements (`ggml/src/ggml-common.h`): a quantised block is its numbers and their scales. */
const blockBytes: Readonly<Record<KvType, number>> = {
  f32: 128,
  f16: 64,
  bf16: 64,
  q8_0: 34,
  q5_1: 24,
  q5_0: 22,
  q4_1: 20,
  q4_0: 18,
  iq4_nl: 18,
};
const BLOCK = 32;
const F32 = 4;

export function isQuantised(type: KvType): boolean {
  return type !== 'f32' && type !== 'f16' && type !== 'bf16';
}

/** Bytes of a row of `elements` in a cache of this type; a quantised row takes whole blocks. */
export function rowBytes(type: KvType, elements: number): Bytes {
  return isQuantised(type)
    ? Math.ceil(elements / BLOCK) * blockBytes[type]
    : (elements * blockBytes[type]) / BLOCK;
}

/** Rows of a cache as a look at them sees them turned: `cells` of `heads` pieces of `width` numbers, every row `row` bytes. */
interface Turned {
  readonly cells: number;
  readonly streams: number;
  readonly heads: number;
  readonly width: number;
  readonly row: Bytes;
}

/**
 * What ggml takes such a look at quantised rows to span, and copies of it: not what they take, because blocks do not lie along its rows
 * (`ggml_nbytes`).
 */
export function turnedBytes(type: KvType, { cells, streams, heads, width, row }: Turned): Bytes {
  const rest = (width - 1) * blockBytes[type] + (heads - 1) * rowBytes(type, width);
  return Math.floor((cells * row) / BLOCK) + rest + (streams - 1) * cells * row;
}

/**
 * Bytes that each layer keeps between tokens, cache and recurrent state, first layer first; null where the architecture's
 * cache is not known. Source: `src/llama-kv-cache.cpp`, `src/llama-kv-cache-iswa.cpp`, `src/llama-memory-recurrent.cpp`.
 */
export function contextBytesByLayer(model: Model, settings: CacheSettings): readonly Bytes[] | null {
  return model.layers === null ? null : contextBytesOfLayers(model.layers, settings);
}

/** Whether each sequence has cells of its own, also in a unified cache. */
export function keepsApart(layers: readonly LayerMemory[]): boolean {
  return layers.some(({ cache }) => cache?.compressed !== undefined);
}

/** Cells as these layers have them. */
export function cellsOfLayers(layers: readonly LayerMemory[], settings: CacheSettings): Cells {
  return keepsApart(layers) ? cellsApart(settings) : cellsOf(settings);
}

/** Cells of a cache with a row for every so many tokens of a sequence (`GGML_PAD(dsv4_comp_size(…), 256)`). */
export function compressedCells({ perStream }: Cells, ratio: number): number {
  return padTo(Math.ceil(perStream / ratio), COMPRESSED_STEP);
}

const COMPRESSED_STEP = 256;

/** The same of layers without a model around them. */
export function contextBytesOfLayers(
  layers: readonly LayerMemory[],
  settings: CacheSettings,
): readonly Bytes[] {
  const cells = cellsOfLayers(layers, settings);
  const widest = settings.flashAttention ? null : widestValue(layers);
  return layers.map((layer) => cacheBytes(layer, settings, cells, widest) + stateBytes(layer, settings));
}

/**
 * Running sums of the above: `sums[n]` bytes of the first n blocks. Remembered, because a search asks for every placement
 * and none of them changes it.
 */
export function contextBytesBefore(model: Model, settings: Settings): readonly Bytes[] | null {
  const key = cacheKey(settings);
  const memo = memoOf(model);
  const known = memo.get(key);
  if (known !== undefined) return known;
  const bytes = contextBytesByLayer(model, settings);
  if (bytes === null) return null;
  const sums: Bytes[] = [0];
  for (const own of bytes) sums.push(sums.at(-1)! + own);
  if (memo.size >= MOST_REMEMBERED) memo.clear();
  memo.set(key, sums);
  return sums;
}

/** Bytes that layers keep between tokens, `from` the first to one before the last. */
export type ContextWithin = (from: number, to: number) => Bytes;

/** As above, without a sum for each layer: layers that keep alike are counted. Null where what layers keep is not known. */
export function contextBytesWithin(model: Model, settings: Settings): ContextWithin | null {
  if (model.layers === null) return null;
  const { kinds, before } = layerKindsOf(model, model.layers);
  const bytes = contextBytesOfLayers(kinds, settings);
  const last = model.layers.length;
  return (from, to) => {
    let sum = 0;
    for (let kind = 0; kind < bytes.length; kind++) {
      const counts = before[kind]!;
      sum += bytes[kind]! * (counts[Math.min(to, last)]! - counts[Math.min(from, last)]!);
    }
    return sum;
  };
}

/** One layer of each kind, and how many of the first n layers are of it. */
interface LayerKinds {
  readonly kinds: readonly LayerMemory[];
  readonly before: readonly Int32Array[];
}

const layerKinds = new WeakMap<Model, LayerKinds>();

function layerKindsOf(model: Model, layers: readonly LayerMemory[]): LayerKinds {
  const known = layerKinds.get(model);
  if (known !== undefined) return known;
  const names = layers.map(({ cache, state }) => JSON.stringify([cache, state]));
  const firsts = [...new Set(names)];
  const before = firsts.map((name) => {
    const counts = new Int32Array(layers.length + 1);
    for (const [layer, each] of names.entries()) counts[layer + 1] = counts[layer]! + (each === name ? 1 : 0);
    return counts;
  });
  const made = { kinds: firsts.map((name) => layers[names.indexOf(name)]!), before };
  layerKinds.set(model, made);
  return made;
}

/** Answers kept for one model; another costs some microseconds. */
const MOST_REMEMBERED = 256;
const memos = new WeakMap<Model, Map<string, readonly Bytes[]>>();

function memoOf(model: Model): Map<string, readonly Bytes[]> {
  const known = memos.get(model);
  if (known !== undefined) return known;
  const fresh = new Map<string, readonly Bytes[]>();
  memos.set(model, fresh);
  return fresh;
}

/** Everything that the size of a cache follows from. */
function cacheKey(settings: Settings): string {
  const { context, sequences, unified, keyType, valueType, flashAttention, microBatch, fullWindow } =
    settings;
  return `${context} ${sequences} ${unified} ${keyType} ${valueType} ${flashAttention} ${microBatch} ${fullWindow}`;
}

/** Running sums over the blocks, as above, of what one decoded token reads back: keys, values, recurrent states. */
export interface CacheReads {
  readonly keys: readonly Bytes[];
  readonly values: readonly Bytes[];
  readonly states: readonly Bytes[];
}

/**
 * What one token with `depth` tokens before it reads of the cache: a window at most, of its own sequence. Null as above.
 * Remembered for the last few depths and types.
 */
export function bytesReadBefore(model: Model, settings: Settings, depth: number): CacheReads | null {
  if (model.layers === null) return null;
  const { keyType, valueType, fullWindow } = settings;
  const key = `${depth} ${keyType} ${valueType} ${fullWindow}`;
  const memo = readMemoOf(model);
  const known = memo.get(key);
  if (known !== undefined) return known;
  const reads = sumReads(model.layers, settings, depth);
  if (memo.size >= MOST_READS) memo.clear();
  memo.set(key, reads);
  return reads;
}

/** A search asks for one depth and a few types; more would only hold memory. */
const MOST_READS = 64;
const readMemos = new WeakMap<Model, Map<string, CacheReads>>();

function readMemoOf(model: Model): Map<string, CacheReads> {
  const known = readMemos.get(model);
  if (known !== undefined) return known;
  const fresh = new Map<string, CacheReads>();
  readMemos.set(model, fresh);
  return fresh;
}

function sumReads(layers: readonly LayerMemory[], settings: Settings, depth: number): CacheReads {
  const keys: Bytes[] = [0];
  const values: Bytes[] = [0];
  const states: Bytes[] = [0];
  for (const layer of layers) {
    const { cache } = layer;
    const tokens = cache === null ? 0 : Math.min(depth, cache.window ?? depth);
    keys.push(keys.at(-1)! + tokens * rowBytes(settings.keyType, cache?.key_elements ?? 0));
    values.push(values.at(-1)! + tokens * rowBytes(settings.valueType, cache?.value_elements ?? 0));
    states.push(states.at(-1)! + stateBytes(layer, { sequences: 1 }));
  }
  return { keys, values, states };
}

type Cache = NonNullable<LayerMemory['cache']>;

function cacheBytes(layer: LayerMemory, settings: CacheSettings, cells: Cells, widest: number | null): Bytes {
  if (layer.cache === null) return 0;
  const { window } = layer.cache;
  const perStream = window === null ? cells.perStream : cells.windowed(window);
  const { compressed } = layer.cache;
  const rows =
    compressed === undefined
      ? 0
      : compressedCells(cells, compressed.ratio) *
        (rowBytes(settings.keyType, compressed.key_elements) +
          rowBytes(settings.keyType, compressed.indexer_elements));
  return cells.streams * (perStream * bytesPerToken(layer.cache, settings, widest) + rows);
}

function bytesPerToken(cache: Cache, settings: CacheSettings, widest: number | null): Bytes {
  const { key_elements: indexerKeys, value_elements: indexerValues } = cache.indexer ?? none;
  const { key, value } = mainElements(cache);
  const values = value === 0 ? 0 : (widest ?? value);
  return (
    rowBytes(settings.keyType, key) +
    rowBytes(settings.keyType, indexerKeys) +
    rowBytes(settings.valueType, values) +
    rowBytes(settings.valueType, indexerValues)
  );
}

const none = { key_elements: 0, value_elements: 0 };

/** What one token adds to a layer's cache without its indexer's, which is a cache of its own. */
export function mainElements({ key_elements, value_elements, indexer = none }: Cache): {
  readonly key: number;
  readonly value: number;
} {
  return { key: key_elements - indexer.key_elements, value: value_elements - indexer.value_elements };
}

/** Without flash attention V lies transposed, and every layer's is padded to the widest (`[TAG_V_CACHE_VARIABLE]`). */
export function widestValue(layers: readonly LayerMemory[]): number {
  return layers.reduce(
    (widest, { cache }) => Math.max(widest, cache === null ? 0 : mainElements(cache).value),
    0,
  );
}

/** Always f32, whatever the cache's type, once for every sequence. */
function stateBytes(layer: LayerMemory, settings: Pick<Settings, 'sequences'>): Bytes {
  return layer.state === null
    ? 0
    : F32 *
        (layer.state.r_elements + layer.state.s_elements + (layer.state.p_elements ?? 0)) *
        settings.sequences;
}
