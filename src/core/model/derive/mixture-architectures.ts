import type { Architecture } from './architecture';
import { phi3 } from './dense-architectures';
import { deepseek2 } from './latent-architectures';
import { attention, ends, experts, feedForward, heads, norms, routerBias, sharedExperts } from './parts';
import type { TensorShape } from './tensor-shape';
import { bias, weight } from './tensor-shape';

/** Experts in every so many layers, one of them for every token; a wider dense part in the others. */
export const llama4: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...((layer + 1) % model.number('interleave_moe_layer_step') === 0
      ? [...experts(model), ...sharedExperts(model, model.expertWidth)]
      : feedForward(model, traits, model.at('feed_forward_length', layer))),
  ],
};

/** Norms of queries and keys over all heads, and a bias on the router's scores. */
export const minimaxM2: Architecture = {
  outside: ends,
  block: (model, traits, layer) => {
    const sizes = heads(model, layer);
    return [
      ...norms(model, 'attn_norm', 'ffn_norm'),
      ...attention(model, traits, sizes),
      weight('attn_q_norm', sizes.query),
      weight('attn_k_norm', sizes.key),
      ...experts(model),
      ...routerBias(model),
    ];
  },
};

/** Phi 3.5 with experts: LayerNorms, and biases on everything but the experts. */
export const phiMoe: Architecture = {
  outside: (model, traits) => [
    ...phi3.outside(model, traits),
    bias('output_norm', model.embedding),
    bias('output', model.vocabulary),
  ],
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    bias('attn_norm', model.embedding),
    bias('ffn_norm', model.embedding),
    ...attention(model, { ...traits, attentionBias: true, attentionOutputBias: true }, heads(model, layer)),
    ...experts(model),
  ],
};

/** DeepSeek's attention with a small one beside it that chooses what is attended to. */
export const indexed: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [...deepseek2.block(model, traits, layer), ...indexer(model)],
};

function indexer(model: Parameters<Architecture['block']>[0]): TensorShape[] {
  const asked = model.number('attention.indexer.head_count');
  const width = model.number('attention.indexer.key_length');
  return [
    weight('indexer.k_norm', width),
    bias('indexer.k_norm', width),
    weight('indexer.proj', model.embedding, asked),
    weight('indexer.attn_k', model.embedding, width),
    weight('indexer.attn_q_b', model.number('attention.q_lora_rank'), asked * width),
  ];
}
