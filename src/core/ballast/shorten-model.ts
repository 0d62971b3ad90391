import type { Metadata, TensorFacts } from '../model/assemble-model';
import type { Model } from '../model/schema';
import { bytesOfTensor } from '../model/tensor-types';
import { BallastError } from './ballast-error';

/** What a shortened model is made of. */
export interface Shortened {
  readonly metadata: Metadata;
  readonly tensors: readonly TensorFacts[];
}

/**
 * The first `layers` blocks of a model, with everything outside the blocks: lists by layer are cut, so that mixtures, windows and
 * hybrids keep the beginning of their pattern. Blocks that predict ahead are last and go first. Layers that share an earlier cache
 * keep their share of the blocks. Throws BallastError where llama.cpp could not run so few.
 */
export function shortenModel(model: Model, layers: number): Shortened {
  const blocks = model.block_count ?? 0;
  refuseTooFew(model, layers);
  const own = (key: string): string => `${model.architecture}.${key}`;
  const entries = Object.entries(model.metadata).map(([key, value]): [string, Metadata[string]] => {
    if (Array.isArray(value) && value.length === blocks) return [key, value.slice(0, layers)];
    if (key === own('block_count')) return [key, layers];
    if (key === own('nextn_predict_layers')) return [key, 0];
    if (key === own('attention.shared_kv_layers')) return [key, sharedLayers(model, layers, Number(value))];
    return [key, value];
  });
  const tensors = model.tensors.filter(({ layer }) => layer === null || layer < layers);
  return {
    metadata: Object.fromEntries(entries),
    tensors: tensors.map((tensor) => narrowed(tensor, blocks, layers, model)),
  };
}

/**
 * How many of the layers share an earlier layer's cache, the last two that have their own: as large a part as in the model, but
 * those two must be as there, one with a window and one without (`src/models/gemma4.cpp`). None where the layers do not reach that.
 */
function sharedLayers(model: Model, layers: number, shared: number): number {
  const blocks = model.block_count ?? 0;
  const owners = blocks - shared;
  const isWindowed = (layer: number): boolean => (model.layers?.[layer]?.cache?.window ?? null) !== null;
  const wanted = (owners * layers) / blocks;
  let best = layers;
  for (let count = 2; count <= Math.min(layers, owners); count++) {
    const alike = [1, 2].every((back) => isWindowed(count - back) === isWindowed(owners - back));
    if (alike && Math.abs(count - wanted) < Math.abs(best - wanted)) best = count;
  }
  return layers - best;
}

/** Gemma's embeddings by layer lie side by side in one tensor, which is as many times narrower. */
function narrowed(tensor: TensorFacts, blocks: number, layers: number, model: Model): TensorFacts {
  const width = model.metadata[`${model.architecture}.embedding_length_per_layer_input`];
  if (typeof width !== 'number' || width === 0 || !tensor.name.startsWith('per_layer_')) return tensor;
  const dimensions = tensor.dimensions.map((size) => (size === width * blocks ? width * layers : size));
  return { ...tensor, dimensions, bytes: bytesOfTensor(tensor.type, dimensions) ?? tensor.bytes };
}

/** A part of a model must have layers of every kind that the whole has: llama.cpp cannot run some without, and speed would mislead. */
function refuseTooFew(model: Model, layers: number): void {
  const kinds = kindsByLayer(model);
  const all = new Set(kinds.flat());
  const least =
    kinds.findIndex((_, index) => new Set(kinds.slice(0, index + 1).flat()).size === all.size) + 1;
  if (layers < least) {
    throw new BallastError(
      'too-few-layers',
      `The first ${layers} layers of ${model.name} are not of all the kinds that it has (${[...all].join(', ')}).`,
      `Ask for at least ${least}.`,
    );
  }
  if (isToldByDepth(model) && layers !== model.block_count) {
    throw new BallastError(
      'too-few-layers',
      `llama.cpp tells ${model.name} from other models by its number of layers, so it runs only whole.`,
      'Leave --layers out.',
    );
  }
}

function kindsByLayer({ layers, tensors, block_count: blocks }: Model): readonly string[][] {
  const expertLayers = new Set(tensors.filter(({ role }) => role === 'expert').map(({ layer }) => layer));
  return Array.from({ length: blocks ?? 0 }, (_, index) => {
    const memory = layers?.[index] ?? null;
    const cache = memory?.cache ?? null;
    return [
      ...(cache === null ? [] : [cache.window === null ? 'attention' : 'attention with a window']),
      ...((memory?.state ?? null) === null ? [] : ['recurrent']),
      ...(expertLayers.has(index) ? ['experts'] : []),
    ];
  });
}

/** DeepSeek's small models have plain queries, which v0.5.0 knows only by 26 or 27 layers (`src/models/deepseek2.cpp: is_lite`). */
function isToldByDepth({ architecture, metadata }: Model): boolean {
  return architecture === 'deepseek2' && metadata['deepseek2.attention.q_lora_rank'] === undefined;
}
