import { assertNever } from '../assert-never';
import { memoryRuleOf, type MemoryRule } from './architectures';
import { compressedMemory } from './compressed-memory';
import { readShape, type Shape } from './layer-shape';
import type { ModelFields } from './metadata-fields';
import { missing, type MissingKey } from './missing-key';
import { MOST_LAYERS } from './most-layers';
import type { LayerMemory } from './schema';

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
  if (rule.compressed) return compressedMemory(fields, blocks);
  const shape = readShape(architecture, fields, rule, blocks);
  if ('kind' in shape) return shape;
  const slots = countSlots(architecture, fields);
  if (slots === null || slots > MOST_LAYERS) return missing('num_loops');
  const layers = Array.from({ length: slots }, (_, slot) =>
    rule.more === 'router' && slot === blocks ? oneHead(shape) : memoryOfLayer(shape, slot % blocks),
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
  const rule = memoryRuleOf(architecture);
  const more = rule === null || rule === 'none' ? null : rule.more;
  const loops = more === 'loops' ? Math.max(1, fields.count('num_loops') ?? 1) : 1;
  if (blocks === null || blocks * loops > MOST_SLOTS) return null;
  return more === 'router' ? blocks + 1 : blocks * loops;
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
