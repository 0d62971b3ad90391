import type { Tensor, TensorRole } from '../schema';
import type { SafetensorsTensor } from './safetensors-file';

/** Parts of a model that llama.cpp keeps in a file of its own: towers for images and sound, and what joins them to the text. */
const tower =
  /(^|\.)(vision|visual|vision_tower|vision_model|audio|audio_tower|image_newline|multi_modal_projector|mm_projector|embed_vision|embed_audio)(\.|$)/;
/** Tables that are worked out when a model is loaded, and that converters leave out. */
const buffer = /(rotary_emb|inv_freq|masked_bias|attn\.bias|position_ids)(\.|$)/;

/** What a published tensor is for: the language model, a tower beside it, or a table that converters leave out. */
export function partOf(name: string): 'language' | 'tower' | 'buffer' {
  if (buffer.test(name)) return 'buffer';
  return tower.test(name) ? 'tower' : 'language';
}

/** By the names that Transformers gives to modules; the first that matches counts. */
const roles: readonly (readonly [RegExp, TensorRole])[] = [
  [/(embed_tokens|wte|word_embeddings|tok_embeddings)\.weight$/, 'token_embedding'],
  [/(^|\.)(lm_head|output)\.(weight|bias)$/, 'output'],
  [/norm|(^|\.)ln_/, 'norm'],
  [/rotary|inv_freq/, 'rope'],
  [/shared_expert/, 'shared_expert'],
  [/experts?\./, 'expert'],
  [/router|(^|\.)gate\.(weight|bias)$|gate\.e_score_correction_bias$/, 'router'],
  [/(ssm|mamba|mixer|linear_attn|conv1d|A_log|dt_bias)/, 'recurrent'],
  [/attn|attention/, 'attention'],
  [/mlp|feed_forward|ffn/, 'feed_forward'],
];
const layerName = /(?:^|\.)(?:layers|h|blocks|layer)\.(\d{1,4})\./;

/** A published tensor as a Model lists tensors: innermost dimension first, its type as ggml would write it, its place by its name. */
export function tensorOf({ name, dtype, shape, start, end }: SafetensorsTensor): Tensor {
  const layer = partOf(name) === 'language' ? layerName.exec(name)?.[1] : undefined;
  const role = partOf(name) === 'tower' ? 'other' : roles.find(([pattern]) => pattern.test(name))?.[1];
  return {
    name,
    type: dtype.toLowerCase(),
    dimensions: [...shape].reverse(),
    bytes: end - start,
    layer: layer === undefined ? null : Number(layer),
    role: role ?? 'other',
  };
}
