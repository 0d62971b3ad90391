import { assertNever } from '../assert-never';
import { memoryRuleOf, type MemoryRule, type RecurrentRule } from './architectures';
import { indexedLayers } from './indexer-layers';
import { compressedMemory, type MissingKey } from './compressed-memory';
import type { ModelFields } from './metadata-fields';
import { recurrentState } from './recurrent-state';
import type { LayerMemory } from './schema';
import { MOST_LAYERS } from './most-layers';
import { slidingLayers, type SlidingLayers } from './sliding-window';

/** Why the layers' memory is not known: nobody described the architecture, or the file lacks a key (its name without the prefix). */
export type UnknownMemory = { readonly kind: 'unknown-architecture' } | MissingKey;

/**
 * What each layer keeps between tokens, exactly as llama.cpp v0.5.0 allots it (`src/llama-model.cpp: load_hparams, create_memory`,
 * `src/llama-kv-cache.cpp`), one entry a block. The blocks that predict further tokens (`nextn_predict_layers`) have none.
 */
export function layerMemory(
  architecture: string,
  fields: ModelFields,
): readonly LayerMemory[] | UnknownMemory {
  const rule = memoryRuleOf(architecture);
  if (rule === null) return { kind: 'unknown-architecture' };
  const blocks = fields.count('block_count');
  if (blocks === null || blocks === 0 || blocks > MOST_LAYERS) return missing('block_count');
  if (rule === 'none') return Array.from({ length: blocks }, () => ({ cache: null, state: null }));
  if (architecture === 'deepseek4') return compressedMemory(fields, blocks);
  const shape = readShape(architecture, fields, rule, blocks);
  if ('kind' in shape) return shape;
  const slots = countSlots(architecture, fields);
  if (slots === null || slots > MOST_LAYERS) return missing('num_loops');
  const layers = Array.from({ length: slots }, (_, slot) =>
    architecture === 'graniteswitch' && slot === blocks
      ? oneHead(shape)
      : memoryOfLayer(shape, slot % blocks),
  );
  return layers.every(isExact) ? layers : missing('attention.head_count_kv');
}

/** Eight times what llama.cpp holds, so that a deep model is still told by its depth; a file that claims more is not taken at its word. */
const MOST_SLOTS = 8 * MOST_LAYERS;

/**
 * Blocks as llama.cpp counts them: Nanbeige runs those of the file several times, with a cache for each time; Granite Switch has one more
 * behind them, without tensors, that finds the adapters. Null where the file does not say, or says what cannot be.
 */
export function countSlots(architecture: string, fields: ModelFields): number | null {
  const blocks = fields.count('block_count');
  const loops = architecture === 'nanbeige' ? Math.max(1, fields.count('num_loops') ?? 1) : 1;
  if (blocks === null || blocks * loops > MOST_SLOTS) return null;
  return architecture === 'graniteswitch' ? blocks + 1 : blocks * loops;
}

interface Shape {
  readonly architecture: string;
  readonly rule: MemoryRule;
  /** Blocks without those that predict further tokens. */
  readonly trunk: number;
  readonly kvHeads: readonly number[];
  readonly feedForward: readonly number[] | null;
  readonly full: Head;
  readonly sliding: Head;
  /** Multi-head latent attention: keys only. */
  readonly latent: boolean;
  readonly windows: SlidingLayers;
  readonly recurrentLayers: readonly boolean[];
  readonly state: LayerMemory['state'];
  readonly cachedFromStart: number;
  readonly indexed: readonly boolean[];
  readonly indexerKey: number;
  readonly ngrams: { readonly layer: number; readonly elements: number } | null;
}

/** Where these are arrays, llama.cpp refuses any length but the number of blocks. */
const perLayerKeys = [
  'attention.head_count',
  'attention.head_count_kv',
  'feed_forward_length',
  'attention.recurrent_layers',
];

interface Head {
  readonly key: number;
  readonly value: number;
}

function readShape(
  architecture: string,
  fields: ModelFields,
  rule: MemoryRule,
  blocks: number,
): Shape | UnknownMemory {
  const trunk = blocks - Math.min(fields.count('nextn_predict_layers') ?? 0, blocks);
  const misshapen = perLayerKeys.find(
    (key) => fields.list(key) !== null && fields.perLayer(key, blocks) === null,
  );
  if (misshapen !== undefined) return missing(misshapen);
  const heads = fields.perLayer('attention.head_count', blocks);
  const kvHeads = fields.perLayer('attention.head_count_kv', blocks) ?? heads ?? zeros(blocks);
  const headCount = heads?.[0] ?? 0;
  const full = fullHead(architecture, fields, headCount);
  if (full === null) return missing('embedding_length');
  const feedForward = fields.perLayer('feed_forward_length', blocks);
  const recurrentLayers = findRecurrent(rule.recurrent, fields, kvHeads, feedForward, trunk);
  const windows = slidingLayers(rule.window, fields, blocks, trunk, recurrentLayers);
  if (windows === null) return missing('attention.sliding_window');
  const state = recurrentLayers.includes(true) ? recurrentState(architecture, fields, headCount) : null;
  if (state === null && recurrentLayers.includes(true)) return missing('ssm.state_size');
  const indexed = indexedLayers(rule.indexer, fields, blocks, trunk);
  if (indexed === null) return missing('attention.indexer.types');
  const ngrams = architecture === 'qwen4exp' ? ngramsOf(fields) : null;
  if (ngrams !== null && 'kind' in ngrams) return ngrams;
  return {
    architecture,
    rule,
    trunk,
    kvHeads,
    feedForward,
    full,
    sliding: {
      key: fields.count('attention.key_length_swa') ?? full.key,
      value: fields.count('attention.value_length_swa') ?? full.value,
    },
    latent: isLatent(fields),
    windows,
    recurrentLayers,
    state,
    cachedFromStart: cachedFromStart(rule, fields, blocks),
    indexed,
    indexerKey: fields.count('attention.indexer.key_length') ?? 0,
    ngrams,
  };
}

/** Head sizes of layers with full attention; both zero in a model without attention heads. Null where the width is missing. */
function fullHead(architecture: string, fields: ModelFields, headCount: number): Head | null {
  const key = fields.count('attention.key_length');
  const value =
    architecture === 'kimi-k3'
      ? fields.count('attention.kv_lora_rank')
      : fields.count('attention.value_length');
  if (headCount === 0)
    return architecture === 'plamo2' ? { key: key ?? 0, value: value ?? 0 } : { key: 0, value: 0 };
  const width = fields.count('embedding_length');
  if (width === null && (key === null || value === null)) return null;
  const even = Math.floor((width ?? 0) / headCount);
  return { key: key ?? even, value: value ?? even };
}

function isLatent(fields: ModelFields): boolean {
  const key = fields.count('attention.key_length_mla') ?? 0;
  const value = fields.count('attention.value_length_mla') ?? 0;
  return key > 0 && value > 0;
}

function cachedFromStart(rule: MemoryRule, fields: ModelFields, blocks: number): number {
  if (rule.cachedFromStart !== 'file') return rule.cachedFromStart ?? blocks;
  return blocks - Math.min(fields.count('attention.shared_kv_layers') ?? 0, blocks);
}

function findRecurrent(
  rule: RecurrentRule | null,
  fields: ModelFields,
  kvHeads: readonly number[],
  feedForward: readonly number[] | null,
  trunk: number,
): boolean[] {
  const listed = fields.perLayer('attention.recurrent_layers', kvHeads.length);
  return kvHeads.map((heads, layer) => {
    if (rule === null || layer >= trunk) return false;
    switch (rule.kind) {
      case 'all':
      case 'beside-cache':
        return true;
      case 'no-kv-heads':
        return heads === 0;
      case 'single-purpose':
        return heads === 0 && (feedForward?.[layer] ?? 0) === 0;
      case 'interval':
        if (listed !== null) return listed[layer] !== 0;
        return (layer + 1) % Math.max(fields.count('full_attention_interval') ?? rule.interval, 1) !== 0;
      default:
        return assertNever(rule);
    }
  });
}

function memoryOfLayer(shape: Shape, layer: number): LayerMemory {
  return {
    cache: hasCache(shape, layer) ? cacheOf(shape, layer) : null,
    state: shape.recurrentLayers[layer] ? withNgrams(shape, layer) : null,
  };
}

function oneHead({ full }: Shape): LayerMemory {
  return { cache: { key_elements: full.key, value_elements: full.value, window: null }, state: null };
}

/** One layer also keeps what a convolution over n-grams goes back to (`llama_hparams::ple_conv_state`). */
function withNgrams({ state, ngrams }: Shape, layer: number): LayerMemory['state'] {
  if (state === null || ngrams === null || ngrams.layer !== layer) return state;
  return { ...state, p_elements: ngrams.elements };
}

/** Null where no layer has any. What the file does not say of them is missing, as llama.cpp would not load it (`src/models/qwen4exp.cpp`). */
function ngramsOf(fields: ModelFields): Shape['ngrams'] | MissingKey {
  const layer = fields.list('ple.layers')?.[0];
  if (layer === undefined) return null;
  const counts: number[] = [];
  for (const key of ['ple.conv_kernel', 'ple.ngram_size', 'hyper_connection.count', 'embedding_length']) {
    const count = fields.count(key);
    if (count === null) return missing(key);
    counts.push(count);
  }
  const [kernel, size, streams, width] = counts as [number, number, number, number];
  return { layer, elements: Math.max(0, kernel - 1) * size * streams * width };
}

function hasCache(shape: Shape, layer: number): boolean {
  if (layer >= shape.cachedFromStart) return false;
  const inTrunk = layer < shape.trunk || shape.trunk === 0;
  const rule = shape.rule.recurrent;
  if (rule === null) return inTrunk || keepsTail(shape.rule);
  switch (rule.kind) {
    case 'all':
      return false;
    case 'beside-cache':
      return true;
    case 'no-kv-heads':
      return !shape.recurrentLayers[layer];
    case 'single-purpose':
      return !shape.recurrentLayers[layer] && (shape.feedForward?.[layer] ?? 0) === 0;
    case 'interval':
      return inTrunk && !shape.recurrentLayers[layer];
    default:
      return assertNever(rule);
  }
}

/** MiniMax-M3 and HY-V4 do not leave the further-token blocks out (`create_memory`: no filter on the main cache). */
function keepsTail(rule: MemoryRule): boolean {
  return rule.indexer === 'after-dense-lead' || rule.indexer === 'types-if-any';
}

function cacheOf(shape: Shape, layer: number): LayerMemory['cache'] {
  const window = shape.windows.layers[layer] ? shape.windows.tokens : null;
  const head = window === null ? shape.full : shape.sliding;
  const heads = shape.kvHeads[layer]!;
  const value = shape.latent ? 0 : heads * head.value;
  if (shape.indexed[layer] !== true) {
    const keyElements = heads * head.key;
    return keyElements + value === 0 ? null : { key_elements: keyElements, value_elements: value, window };
  }
  // the indexer's own cache is made with values too, unless attention is latent (llama-kv-cache-msa.cpp)
  const keysOnly = shape.latent || shape.architecture === 'qwen4exp';
  const indexer = { key_elements: shape.indexerKey, value_elements: keysOnly ? 0 : shape.full.value };
  return {
    key_elements: heads * head.key + indexer.key_elements,
    value_elements: value + indexer.value_elements,
    window,
    indexer,
  };
}

function isExact({ cache }: LayerMemory): boolean {
  return (
    cache === null || (Number.isSafeInteger(cache.key_elements) && Number.isSafeInteger(cache.value_elements))
  );
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function missing(key: string): MissingKey {
  return { kind: 'missing-key', key };
}
