import type { TensorRole } from './schema';
import { rememberedByName, splitTensorName } from './tensor-name';

/** Where a tensor belongs: block number (null outside the blocks) and purpose. */
export interface TensorPlace {
  readonly layer: number | null;
  readonly role: TensorRole;
}

/** By llama.cpp's tensor names (v0.5.0 `src/llama-arch.cpp: LLM_TENSOR_NAMES`), for tensors outside the blocks. */
const outside: readonly (readonly [RegExp, TensorRole])[] = [
  [/^(token_embd|position_embd|token_types)\.(weight|bias)$/, 'token_embedding'],
  [/^per_layer_token_embd\./, 'per_layer_embedding'],
  [/^output_norm(_enc)?(\.|$)|^(dec|enc)\.output_norm\./, 'output_norm'],
  [/^output\.(weight|bias|scale)$/, 'output'],
  [/^rope_(freqs|factors_long|factors_short)\./, 'rope'],
  [/norm(\.|$)/, 'norm'],
];

/** For tensors of a block, by what follows `blk.N.`; the first that matches counts. */
const inside: readonly (readonly [RegExp, TensorRole])[] = [
  [/^nextn\./, 'other'],
  [/^ffn_(up|down|gate|gate_up)_(ch)?exps(\.|$)|^ffn_(up|down|gate)\.\d+\./, 'expert'],
  [/^ffn_(up|down|gate)_shexp(\.|$)/, 'shared_expert'],
  [/^ffn_gate_inp|^ffn_gate_tid2eid|^exp_probs_b/, 'router'],
  [/^(attn_rot_embd|rope_freqs|rope_factors_(long|short))(\.|$)/, 'rope'],
  [/^(ssm|shortconv|time_mix|channel_mix)[_.]/, 'recurrent'],
  [/norm(_\d+|_exps)?(\.|$)/, 'norm'],
  [/^(cross_)?attn_|^indexer[._]/, 'attention'],
  [/^ffn_|^ffn\./, 'feed_forward'],
];

/** Blocks of encoders and decoders. */
const codedBlock = /^(?:enc|dec)\.(blk\..+)$/;

/** Architectures that call the norm before their output `token_embd_norm` (llama.cpp: LLM_TENSOR_OUTPUT_NORM_LFM2). */
const embeddingNormIsOutputNorm = new Set(['lfm2', 'lfm2moe']);

/** Block and role of a tensor by its name in a GGUF file; names that are not known are `other`. */
export function placeOfTensor(name: string, architecture: string | null): TensorPlace {
  const { block, rest } = splitTensorName(codedBlock.exec(name)?.[1] ?? name);
  if (block !== null) return { layer: block, role: roleInside(rest) };
  if (name.startsWith('token_embd_norm.') && embeddingNormIsOutputNorm.has(architecture ?? '')) {
    return { layer: null, role: 'output_norm' };
  }
  return { layer: null, role: roleOutside(name) };
}

const roleInside = rememberedByName((rest) => roleAmong(inside, rest));
const roleOutside = rememberedByName((name) => roleAmong(outside, name));

function roleAmong(patterns: readonly (readonly [RegExp, TensorRole])[], name: string): TensorRole {
  return patterns.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}
