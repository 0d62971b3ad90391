import type { Architecture } from './architecture';
import {
  attention,
  ends,
  experts,
  feedForward,
  fusedFeedForward,
  headNorms,
  heads,
  norms,
  sharedExperts,
} from './parts';
import { bias, weight } from './tensor-shape';

/** Llama and what is built like it; with experts where the model has them. */
export const llama: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...(model.experts > 0
      ? [...experts(model), ...sharedExperts(model, model.number('expert_shared_feed_forward_length', 0))]
      : feedForward(model, traits, model.at('feed_forward_length', layer))),
  ],
};

/** Llama with norms of queries and keys a head long. */
export const qwen3: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [...llama.block(model, traits, layer), ...headNorms(model.keyLength)],
};

/** A shared expert with a gate of its own. */
export const qwen2Moe: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...llama.block(model, traits, layer),
    weight('ffn_gate_inp_shexp', model.embedding),
  ],
};

/** Query, key and value in one tensor, gate and up in one. */
export const phi3: Architecture = {
  outside: ends,
  block: (model, _traits, layer) => {
    const sizes = heads(model, layer);
    return [
      ...norms(model, 'attn_norm', 'ffn_norm'),
      weight('attn_qkv', model.embedding, sizes.query + sizes.key + sizes.value),
      weight('attn_output', sizes.output, model.embedding),
      ...fusedFeedForward(model, model.at('feed_forward_length', layer)),
    ];
  },
};

/** Attention and feed-forward side by side: one norm. */
export const cohere2: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...feedForward(model, traits, model.at('feed_forward_length', layer)),
  ],
};

/** Command R; its larger versions (64 layers and more) have norms of queries and keys. */
export const commandR: Architecture = {
  outside: ends,
  block: (model, traits, layer) => {
    const count = model.at('attention.head_count', layer);
    const keyValue = model.at('attention.head_count_kv', layer);
    return [
      ...cohere2.block(model, traits, layer),
      ...(model.blocks >= 64
        ? [weight('attn_q_norm', model.keyLength, count), weight('attn_k_norm', model.keyLength, keyValue)]
        : []),
    ];
  },
};

/** Norms after attention and feed-forward as well as before. */
export const glm4: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'post_attention_norm', 'ffn_norm', 'post_ffw_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...fusedFeedForward(model, model.at('feed_forward_length', layer)),
  ],
};

/** Norms only after; those of queries and keys span all heads. */
export const olmo2: Architecture = {
  outside: ends,
  block: (model, traits, layer) => {
    const sizes = heads(model, layer);
    return [
      ...norms(model, 'post_attention_norm', 'post_ffw_norm'),
      ...attention(model, traits, sizes),
      weight('attn_q_norm', sizes.query),
      weight('attn_k_norm', sizes.key),
      ...feedForward(model, traits, model.at('feed_forward_length', layer)),
    ];
  },
};

export const olmoe: Architecture = {
  outside: ends,
  block: (model, traits, layer) => {
    const sizes = heads(model, layer);
    return [
      ...llama.block(model, traits, layer),
      weight('attn_q_norm', sizes.query),
      weight('attn_k_norm', sizes.key),
    ];
  },
};

/** Attention sinks, and biases on everything. */
export const gptOss: Architecture = {
  outside: ends,
  block: (model, traits, layer) => {
    const { embedding, experts: count, expertWidth } = model;
    return [
      ...norms(model, 'attn_norm', 'post_attention_norm'),
      ...attention(model, { ...traits, attentionBias: true, attentionOutputBias: true }, heads(model, layer)),
      weight('attn_sinks', model.at('attention.head_count', layer)),
      ...experts(model),
      bias('ffn_gate_inp', count),
      bias('ffn_gate_exps', expertWidth, count),
      bias('ffn_up_exps', expertWidth, count),
      bias('ffn_down_exps', embedding, count),
    ];
  },
};
