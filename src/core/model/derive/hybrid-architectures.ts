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
import { deltaNet, mamba2, shortConvolution } from './recurrent-parts';
import type { TensorShape } from './tensor-shape';
import { bias, weight } from './tensor-shape';

/** Gated delta nets, and attention whose queries are twice as long because they carry a gate. */
export const qwen3Next: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'post_attention_norm'),
    ...(isRecurrent(model, layer) ? deltaNet(model, 'together') : gatedAttention(model, traits, layer)),
    ...gatedMixture(model),
  ],
};

export const qwen35: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'post_attention_norm'),
    ...(isRecurrent(model, layer) ? deltaNet(model, 'apart') : gatedAttention(model, traits, layer)),
    ...(model.experts > 0
      ? gatedMixture(model)
      : feedForward(model, traits, model.at('feed_forward_length', layer))),
    ...(layer >= model.trunk ? aheadParts(model, false) : []),
  ],
};

/** Mamba 2 where a layer has no key-value heads, attention where it has; experts or a dense part in all. */
export const graniteHybrid: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    ...(model.at('attention.head_count_kv', layer) === 0
      ? mamba2(model, traits, true)
      : attention(model, traits, heads(model, layer))),
    ...(model.experts > 0
      ? [...experts(model), ...sharedExperts(model, model.number('expert_shared_feed_forward_length', 0))]
      : feedForward(model, traits, model.at('feed_forward_length', layer))),
  ],
};

/** One part a layer. The feed-forward part has no gate. */
export const nemotronH: Architecture = {
  outside: ends,
  block: (model, traits, layer) => {
    const width = model.at('feed_forward_length', layer);
    if (layer >= model.trunk) return nemotronAhead(model, traits, layer);
    return [
      ...norms(model, 'attn_norm'),
      ...(width > 0
        ? ungatedFeedForward(model, traits, width)
        : model.at('attention.head_count_kv', layer) === 0
          ? mamba2(model, traits, true)
          : attention(model, traits, heads(model, layer))),
    ];
  },
};

/** Attention and Mamba 2 in every layer. The norm before the feed-forward part has no `.weight` in its name. */
export const falconH1: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm'),
    { name: 'ffn_norm', dimensions: [model.embedding] },
    ...attention(model, traits, heads(model, layer)),
    ...mamba2(model, traits, traits.recurrentNorm),
    ...feedForward(model, traits, model.at('feed_forward_length', layer)),
  ],
};

/** Short convolutions where a layer has no key-value heads. The last norm goes by the embedding's name. */
export const lfm2: Architecture = {
  outside: (model, traits) => ends(model, traits, 'token_embd_norm'),
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'ffn_norm'),
    ...(model.at('attention.head_count_kv', layer) === 0
      ? shortConvolution(model)
      : [...attention(model, traits, heads(model, layer)), ...headNorms(model.keyLength)]),
    ...(layer < model.number('leading_dense_block_count', model.blocks)
      ? feedForward(model, traits, model.at('feed_forward_length', layer))
      : [...experts(model), ...routerBias(model)]),
  ],
};

function isRecurrent(model: Hyperparameters, layer: number): boolean {
  const interval = model.number('full_attention_interval', 4);
  const byInterval = layer < model.trunk && (layer + 1) % interval !== 0 ? 1 : 0;
  return model.at('attention.recurrent_layers', layer, byInterval) === 1;
}

function gatedAttention(model: Hyperparameters, traits: Traits, layer: number): TensorShape[] {
  const sizes = heads(model, layer);
  return [...attention(model, traits, { ...sizes, query: 2 * sizes.query }), ...headNorms(model.keyLength)];
}

function gatedMixture(model: Hyperparameters): TensorShape[] {
  return [
    ...experts(model),
    ...sharedExperts(model, model.number('expert_shared_feed_forward_length', 0)),
    weight('ffn_gate_inp_shexp', model.embedding),
  ];
}

/** The block that predicts ahead: attention, then experts. */
function nemotronAhead(model: Hyperparameters, traits: Traits, layer: number): TensorShape[] {
  return [
    ...norms(model, 'attn_norm', 'post_attention_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...ungatedMixture(model),
    ...aheadParts(model, false),
  ];
}

/** Up and down only, dense or of experts; experts may work in a narrower space of their own. */
function ungatedFeedForward(model: Hyperparameters, traits: Traits, width: number): TensorShape[] {
  const { embedding } = model;
  if (model.experts > 0) return ungatedMixture(model);
  return [
    weight('ffn_up', embedding, width),
    weight('ffn_down', width, embedding),
    ...(traits.feedForwardBias ? [bias('ffn_up', width), bias('ffn_down', embedding)] : []),
  ];
}

function ungatedMixture(model: Hyperparameters): TensorShape[] {
  const { embedding, experts: count, expertWidth } = model;
  const shared = model.number('expert_shared_feed_forward_length');
  const latent = model.number('moe_latent_size', 0);
  const inside = latent > 0 ? latent : embedding;
  return [
    weight('ffn_gate_inp', embedding, count),
    ...routerBias(model),
    weight('ffn_up_exps', inside, expertWidth, count),
    weight('ffn_down_exps', expertWidth, inside, count),
    weight('ffn_up_shexp', embedding, shared),
    weight('ffn_down_shexp', shared, embedding),
    ...(latent > 0
      ? [weight('ffn_latent_down', embedding, latent), weight('ffn_latent_up', latent, embedding)]
      : []),
  ];
}
