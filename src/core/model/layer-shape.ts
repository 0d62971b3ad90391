import { assertNever } from '../assert-never';
import type { MemoryRule, RecurrentRule } from './architectures';
import { indexedLayers } from './indexer-layers';
import type { ModelFields } from './metadata-fields';
import { missing, type MissingKey } from './missing-key';
import { recurrentState } from './recurrent-state';
import type { LayerMemory } from './schema';
import { slidingLayers, type SlidingLayers } from './sliding-window';

/** What a file says of its layers, as far as their memory follows from it. */
export interface Shape {
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

/** What the layers' memory follows from, or the key that the file lacks. */
export function readShape(
  architecture: string,
  fields: ModelFields,
  rule: MemoryRule,
  blocks: number,
): Shape | MissingKey {
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
  const ngrams = rule.ngrams ? ngramsOf(fields) : null;
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

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}
