import type { Traits } from '../config/blueprint';
import type { Architecture } from './architecture';
import type { Hyperparameters } from './hyperparameters';
import {
  aheadParts,
  attention,
  ends,
  experts,
  feedForward,
  headNorms,
  heads,
  norms,
  routerBias,
  sharedExperts,
} from './parts';
import type { TensorShape } from './tensor-shape';
import { weight } from './tensor-shape';

/** Multi-head latent attention, the key-value up-projection split in two as llama.cpp's converter does. */
export const deepseek2: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    ...latentAttention(model, layer),
    ...mixtureAfterLead(model, traits, layer),
    ...(layer >= model.trunk ? aheadParts(model, true) : []),
  ],
};

/** Plain attention, but experts as in DeepSeek. */
export const glm4Moe: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'post_attention_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...(traits.queryKeyNorm ? headNorms(model.keyLength) : []),
    ...mixtureAfterLead(model, traits, layer),
    ...(layer >= model.trunk ? aheadParts(model, true) : []),
  ],
};

/** Keys and values compressed to one row a token, the up-projection split in two. */
export function latentAttention(model: Hyperparameters, layer: number): TensorShape[] {
  const { embedding, rotated } = model;
  const count = model.at('attention.head_count', layer);
  const key = model.number('attention.key_length_mla');
  const value = model.number('attention.value_length_mla');
  const rank = model.number('attention.kv_lora_rank');
  return [
    weight('attn_kv_a_norm', rank),
    ...queries(model, count * key),
    weight('attn_kv_a_mqa', embedding, rank + rotated),
    weight('attn_k_b', key - rotated, rank, count),
    weight('attn_v_b', rank, value, count),
    weight('attn_output', count * value, embedding),
  ];
}

/** Straight, or through a low rank in the larger models. */
function queries(model: Hyperparameters, size: number): TensorShape[] {
  const rank = model.number('attention.q_lora_rank', 0);
  if (rank === 0) return [weight('attn_q', model.embedding, size)];
  return [
    weight('attn_q_a_norm', rank),
    weight('attn_q_a', model.embedding, rank),
    weight('attn_q_b', rank, size),
  ];
}

/** The first layers dense, then routed experts and those that every token uses. */
export function mixtureAfterLead(model: Hyperparameters, traits: Traits, layer: number): TensorShape[] {
  if (layer < model.number('leading_dense_block_count', 0)) {
    return feedForward(model, traits, model.at('feed_forward_length', layer));
  }
  return [
    ...experts(model),
    ...sharedExperts(model, model.expertWidth * model.number('expert_shared_count', 0)),
    ...(traits.routerBias ? routerBias(model) : []),
  ];
}
