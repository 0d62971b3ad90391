import type { Architecture } from './architecture';
import type { Hyperparameters } from './hyperparameters';
import type { Heads } from './parts';
import { attention, ends, feedForward, headNorms, heads, norms } from './parts';
import type { TensorShape } from './tensor-shape';
import { weight } from './tensor-shape';

/** Four norms a layer: before and after attention, before and after feed-forward. */
export const gemma2: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [
    ...norms(model, 'attn_norm', 'post_attention_norm', 'ffn_norm', 'post_ffw_norm'),
    ...attention(model, traits, heads(model, layer)),
    ...feedForward(model, traits, model.at('feed_forward_length', layer)),
  ],
};

export const gemma3: Architecture = {
  outside: ends,
  block: (model, traits, layer) => [...gemma2.block(model, traits, layer), ...headNorms(model.keyLength)],
};

/** Parallel streams that alternate, and a low-rank detour in every layer (llama.cpp: `n_altup`, `laurel_rank`). */
export const gemma3n: Architecture = {
  outside: (model, traits) => {
    const { embedding } = model;
    const streams = model.number('altup.num_inputs', 4);
    return [
      ...ends(model, traits),
      ...perLayerEnds(model),
      weight('altup_proj', embedding, embedding, streams - 1),
      weight('altup_unembd_proj', embedding, embedding, streams - 1),
    ];
  },
  block: (model, traits, layer) => {
    const { embedding } = model;
    const streams = model.number('altup.num_inputs', 4);
    return [
      ...gemma3.block(model, traits, layer),
      ...perLayerParts(model),
      weight('altup_correct_coef', streams, streams),
      weight('altup_correct_scale', embedding),
      weight('altup_predict_coef', streams, streams * streams),
      weight('altup_router', embedding, streams),
      weight('altup_router_norm', embedding),
      weight('laurel_l', embedding, LAUREL_RANK),
      weight('laurel_r', LAUREL_RANK, embedding),
      weight('laurel_post_norm', embedding),
    ];
  },
};

/** Layers with a window have narrow heads; experts, where there are any, come beside a dense part. */
export const gemma4: Architecture = {
  outside: (model, traits) => [...ends(model, traits), ...perLayerEnds(model)],
  block: (model, traits, layer) => {
    const window = model.at('attention.sliding_window_pattern', layer) === 1;
    const length = window ? model.number('attention.key_length_swa') : model.keyLength;
    const projections = attention(model, traits, headsOfLength(model, layer, length));
    const withoutValue = traits.valuesAreKeys && !window;
    return [
      ...norms(model, 'attn_norm', 'post_attention_norm', 'ffn_norm', 'post_ffw_norm'),
      ...projections.filter((tensor) => !withoutValue || tensor.name !== 'attn_v.weight'),
      ...headNorms(length),
      ...feedForward(model, traits, model.at('feed_forward_length', layer)),
      weight('layer_output_scale', 1),
      ...perLayerParts(model),
      ...(model.experts > 0 ? gemma4Experts(model) : []),
    ];
  },
};

/** Rank of the detour, fixed in llama.cpp (`src/llama-hparams.h`). */
const LAUREL_RANK = 64;

function perLayerEnds(model: Hyperparameters): TensorShape[] {
  const width = model.number('embedding_length_per_layer_input', 0);
  if (width === 0) return [];
  const all = width * model.blocks;
  return [
    weight('per_layer_token_embd', all, model.vocabulary),
    weight('per_layer_model_proj', model.embedding, all),
    weight('per_layer_proj_norm', width),
  ];
}

function perLayerParts(model: Hyperparameters): TensorShape[] {
  const width = model.number('embedding_length_per_layer_input', 0);
  if (width === 0) return [];
  return [
    weight('inp_gate', model.embedding, width),
    weight('proj', width, model.embedding),
    weight('post_norm', model.embedding),
  ];
}

function headsOfLength(model: Hyperparameters, layer: number, length: number): Heads {
  const count = model.at('attention.head_count', layer);
  const keyValue = model.at('attention.head_count_kv', layer);
  return { query: count * length, key: keyValue * length, value: keyValue * length, output: count * length };
}

function gemma4Experts(model: Hyperparameters): TensorShape[] {
  const { embedding, experts, expertWidth } = model;
  return [
    weight('ffn_gate_inp', embedding, experts),
    { name: 'ffn_gate_inp.scale', dimensions: [embedding] },
    ...norms(model, 'pre_ffw_norm_2', 'post_ffw_norm_1', 'post_ffw_norm_2'),
    weight('ffn_gate_up_exps', embedding, 2 * expertWidth, experts),
    weight('ffn_down_exps', expertWidth, embedding, experts),
    { name: 'ffn_down_exps.scale', dimensions: [experts] },
  ];
}
