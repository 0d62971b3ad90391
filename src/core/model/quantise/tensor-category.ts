import { rememberedByName, type TensorName } from '../tensor-name';

/** What llama-quantize's rules tell apart (`src/llama-quant.cpp: tensor_get_category`). */
export type TensorCategory =
  | 'token-embedding'
  | 'output'
  | 'query'
  | 'key'
  /** Value projections, also where fused with query and key: the tensors that suffer most. */
  | 'value'
  | 'attention-output'
  | 'up'
  | 'gate'
  | 'down'
  | 'other';

/** Parts of a name in the order in which llama-quantize looks for them. */
const marks: readonly (readonly [mark: string, category: TensorCategory])[] = [
  ['attn_qkv.weight', 'value'],
  ['attn_kv_b.weight', 'value'],
  ['attn_v.weight', 'value'],
  ['attn_k.weight', 'key'],
  ['attn_q.weight', 'query'],
  ['attn_output.weight', 'attention-output'],
  ['ffn_up', 'up'],
  ['ffn_gate', 'gate'],
  ['ffn_down', 'down'],
];

/** What a tensor's name decides. */
export interface NameRules {
  readonly category: TensorCategory;
  /** Whether llama-quantize may pack it, if it has two dimensions or more: a weight that is no norm, router or convolution. */
  readonly mayPack: boolean;
  /** Whether the converter writes it as f32 whatever the file's type is. */
  readonly staysFull: boolean;
}

const rulesInBlocks = rememberedByName((rest) => makeRules(`blk.0.${rest}`));
const rulesOutside = rememberedByName(makeRules);

/** What llama-quantize and the converter make of a tensor by its name. */
export function rulesOf({ block, rest }: TensorName): NameRules {
  return block === null ? rulesOutside(rest) : rulesInBlocks(rest);
}

function makeRules(name: string): NameRules {
  return {
    category: categoryOf(name),
    mayPack: name.endsWith('weight') && !keptTables.has(name) && !kept.some((part) => name.includes(part)),
    staysFull: !name.endsWith('.weight') || alwaysFull.some((part) => name.includes(part)),
  };
}

function categoryOf(name: string): TensorCategory {
  if (name === 'output.weight') return 'output';
  if (name === 'token_embd.weight' || name === 'per_layer_token_embd.weight') return 'token-embedding';
  return marks.find(([mark]) => name.includes(mark))?.[1] ?? 'other';
}

/** Parts of names that are never packed: small, or too sensitive (`src/llama-quant.cpp: tensor_allows_quantization`). */
const kept = [
  '_norm.weight',
  'ffn_gate_inp.weight',
  'altup',
  'laurel',
  'per_layer_model_proj',
  'ssm_conv1d',
  'shortconv.conv.weight',
  'ffn_gate_tid2eid.weight',
  'indexer.k_proj.weight',
  'indexer.q_proj.weight',
  'time_mix_first.weight',
  'time_mix_w0.weight',
  'time_mix_w1.weight',
  'time_mix_w2.weight',
  'time_mix_v0.weight',
  'time_mix_v1.weight',
  'time_mix_v2.weight',
  'time_mix_a0.weight',
  'time_mix_a1.weight',
  'time_mix_a2.weight',
  'time_mix_g1.weight',
  'time_mix_g2.weight',
  'time_mix_decay_w1.weight',
  'time_mix_decay_w2.weight',
  'time_mix_lerp_fused.weight',
  'attn_rel_b.weight',
] as const;

/** Tables that are never packed, by their whole names. */
const keptTables: ReadonlySet<string> = new Set(['position_embd.weight', 'token_types.weight']);

/** Parts of names that llama.cpp's converter always writes as f32 (`conversion/base.py: prepare_tensors`). */
const alwaysFull = [
  '_norm.weight',
  'ffn_gate_inp.weight',
  'ffn_gate_inp_shexp.weight',
  'ssm_conv1d.weight',
  'ssm_conv1d_q.weight',
  'ssm_conv1d_k.weight',
  'ssm_conv1d_v.weight',
  'shortconv.conv.weight',
  'altup_correct_coef',
  'altup_predict_coef',
  'indexer.proj.weight',
  'position_embd.weight',
  'token_types.weight',
  'time_mix_first.weight',
  'time_mix_w1.weight',
  'time_mix_w2.weight',
  'time_mix_decay_w1.weight',
  'time_mix_decay_w2.weight',
  'time_mix_lerp_fused.weight',
] as const;

/** As `ggml_n_dims`: dimensions without the ones at the end. */
export function dimensionCount(dimensions: readonly number[]): number {
  let length = dimensions.length;
  while (length > 1 && dimensions[length - 1] === 1) length -= 1;
  return length;
}
