import { assertNever } from '../../assert-never';
import type { Traits } from '../config/blueprint';
import type { Hyperparameters } from './hyperparameters';
import type { TensorShape } from './tensor-shape';
import { bias, weight } from './tensor-shape';

/** What lies outside the blocks: embedding, last norm, and the output where it is not the embedding again. */
export function ends(model: Hyperparameters, traits: Traits, lastNorm = 'output_norm'): TensorShape[] {
  const { embedding, vocabulary } = model;
  return [
    weight('token_embd', embedding, vocabulary),
    weight(lastNorm, embedding),
    ...(traits.tiedEmbeddings ? [] : [weight('output', embedding, vocabulary)]),
    ...ropeFactors(model, traits),
  ];
}

/** Factors by which rope's frequencies are scaled, written once for all layers. */
function ropeFactors(model: Hyperparameters, traits: Traits): TensorShape[] {
  const half = model.rotated / 2;
  switch (traits.ropeFactors) {
    case 'none':
      return [];
    case 'frequencies':
      return [weight('rope_freqs', half)];
    case 'long-and-short':
      return [weight('rope_factors_long', half), weight('rope_factors_short', half)];
    default:
      return assertNever(traits.ropeFactors);
  }
}

/** Norms of one layer, each as wide as the model. */
export function norms(model: Hyperparameters, ...names: readonly string[]): TensorShape[] {
  return names.map((name) => weight(name, model.embedding));
}

/** Sizes of attention in one layer. */
export interface Heads {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  /** What the output projection takes in: all heads' values. */
  readonly output: number;
}

/** Sizes of grouped-query attention in this layer. */
export function heads(model: Hyperparameters, layer: number): Heads {
  const count = model.at('attention.head_count', layer);
  const keyValue = model.at('attention.head_count_kv', layer, count);
  return {
    query: count * model.keyLength,
    key: keyValue * model.keyLength,
    value: keyValue * model.valueLength,
    output: count * model.keyLength,
  };
}

/** Query, key, value and output projections, each a tensor of its own. */
export function attention(model: Hyperparameters, traits: Traits, sizes: Heads): TensorShape[] {
  const { embedding } = model;
  return [
    weight('attn_q', embedding, sizes.query),
    weight('attn_k', embedding, sizes.key),
    weight('attn_v', embedding, sizes.value),
    weight('attn_output', sizes.output, embedding),
    ...(traits.attentionBias
      ? [bias('attn_q', sizes.query), bias('attn_k', sizes.key), bias('attn_v', sizes.value)]
      : []),
    ...(traits.attentionOutputBias ? [bias('attn_output', embedding)] : []),
  ];
}

/** Norms of queries and keys, one head long. */
export function headNorms(length: number): TensorShape[] {
  return [weight('attn_q_norm', length), weight('attn_k_norm', length)];
}

/** Gate, up and down of a dense feed-forward part. */
export function feedForward(model: Hyperparameters, traits: Traits, width: number): TensorShape[] {
  const { embedding } = model;
  return [
    weight('ffn_gate', embedding, width),
    weight('ffn_up', embedding, width),
    weight('ffn_down', width, embedding),
    ...(traits.feedForwardBias
      ? [bias('ffn_gate', width), bias('ffn_up', width), bias('ffn_down', embedding)]
      : []),
  ];
}

/** The same with gate and up in one tensor. */
export function fusedFeedForward(model: Hyperparameters, width: number): TensorShape[] {
  return [weight('ffn_up', model.embedding, 2 * width), weight('ffn_down', width, model.embedding)];
}

/** Router and routed experts, each kind one tensor of three dimensions. */
export function experts(model: Hyperparameters, width: number = model.expertWidth): TensorShape[] {
  const { embedding, experts: count } = model;
  return [
    weight('ffn_gate_inp', embedding, count),
    weight('ffn_gate_exps', embedding, width, count),
    weight('ffn_up_exps', embedding, width, count),
    weight('ffn_down_exps', width, embedding, count),
  ];
}

/** Experts that every token uses, as one feed-forward part; none for a width of 0. */
export function sharedExperts(model: Hyperparameters, width: number): TensorShape[] {
  if (width === 0) return [];
  const { embedding } = model;
  return [
    weight('ffn_gate_shexp', embedding, width),
    weight('ffn_up_shexp', embedding, width),
    weight('ffn_down_shexp', width, embedding),
  ];
}

/** A bias on the router's scores, one number an expert. */
export function routerBias(model: Hyperparameters): TensorShape[] {
  return [bias('exp_probs_b', model.experts)];
}

/** What a block that predicts ahead has beyond those of the trunk. */
export function aheadParts(model: Hyperparameters, ownEmbeddings: boolean): TensorShape[] {
  const { embedding, vocabulary } = model;
  return [
    weight('nextn.eh_proj', 2 * embedding, embedding),
    weight('nextn.enorm', embedding),
    weight('nextn.hnorm', embedding),
    weight('nextn.shared_head_norm', embedding),
    ...(ownEmbeddings
      ? [
          weight('nextn.embed_tokens', embedding, vocabulary),
          weight('nextn.shared_head_head', embedding, vocabulary),
        ]
      : []),
  ];
}
