import type { Model } from '../model/schema';
import { kvHeadsByLayer } from './kv-heads';

/** How the model is divided: tensors across `tensor` cards, layers across `pipeline` groups of those, copies `data` times. */
export interface Parallel {
  readonly tensor: number;
  readonly pipeline: number;
  readonly data: number;
}

/** Layers of one stage of the pipeline: from `first` up to, not including, `end`. */
export interface Stage {
  readonly index: number;
  readonly first: number;
  readonly end: number;
}

/** Cards that a division takes. */
export function cardsOf({ tensor, pipeline, data }: Parallel): number {
  return tensor * pipeline * data;
}

/** Blocks that vLLM runs: those that predict further tokens are loaded for speculation only. */
export function trunkOf(model: Model): number | null {
  if (model.block_count === null) return null;
  const ahead = model.metadata[`${model.architecture}.nextn_predict_layers`];
  return model.block_count - (typeof ahead === 'number' ? Math.min(ahead, model.block_count) : 0);
}

/** The stages of a pipeline; layers that do not divide go to the last stages but one (`vllm/distributed/utils.py: get_pp_indices`). */
export function stagesOf(layers: number, pipeline: number): readonly Stage[] {
  const each = Math.floor(layers / pipeline);
  const counts = Array.from({ length: pipeline }, () => each);
  for (let left = 0; left < layers % pipeline; left += 1) {
    const place = pipeline - 2 - left;
    counts[place < 0 ? pipeline - 1 : place]! += 1;
  }
  let first = 0;
  return counts.map((count, index) => {
    const stage = { index, first, end: first + count };
    first += count;
    return stage;
  });
}

/** Why a model cannot be divided so: one sentence, or null where it can. */
export function whyNotDivided(model: Model, { tensor, pipeline }: Parallel): string | null {
  const { heads } = model.attention;
  if (heads !== null && heads > 0 && heads % tensor !== 0) {
    return `${heads} attention heads do not divide among ${tensor} cards.`;
  }
  const odd = kvHeadsByLayer(model)?.find((kv) => kv > 0 && kv % tensor !== 0 && tensor % kv !== 0);
  if (odd !== undefined) {
    return `${odd} key-value heads neither divide among ${tensor} cards nor repeat evenly on them.`;
  }
  const layers = trunkOf(model);
  if (layers !== null && pipeline > layers) {
    return `${layers} layers cannot make ${pipeline} stages of a pipeline.`;
  }
  return null;
}

/** The tensor-parallel sizes up to `cards` that the model's heads allow, smallest first. */
export function tensorSizes(model: Model, cards: number): readonly number[] {
  return Array.from({ length: Math.max(0, Math.min(cards, MOST_RANKS)) }, (_, index) => index + 1).filter(
    (tensor) => whyNotDivided(model, { tensor, pipeline: 1, data: 1 }) === null,
  );
}

/** More cards than one model's layers are shared among anywhere. */
const MOST_RANKS = 64;
