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

export function categoryOf(name: string): TensorCategory {
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
] as const;

/** Whether llama-quantize may pack this tensor: a weight of two dimensions or more that is no norm, router or convolution. */
export function mayPack(name: string, dimensions: readonly number[]): boolean {
  return (
    name.endsWith('weight') && dimensionCount(dimensions) > 1 && !kept.some((part) => name.includes(part))
  );
}

/** Parts of names that llama.cpp's converter always writes as f32 (`conversion/base.py: prepare_tensors`). */
const alwaysFull = [
  '_norm.weight',
  'ffn_gate_inp.weight',
  'ssm_conv1d.weight',
  'shortconv.conv.weight',
  'altup_correct_coef',
  'altup_predict_coef',
] as const;

/** Whether the converter writes this tensor as f32 whatever the file's type is. */
export function staysFull(name: string, dimensions: readonly number[]): boolean {
  return !name.endsWith('.weight') || dimensions.length < 2 || alwaysFull.some((part) => name.includes(part));
}

/** As `ggml_n_dims`: dimensions without the ones at the end. */
function dimensionCount(dimensions: readonly number[]): number {
  let length = dimensions.length;
  while (length > 1 && dimensions[length - 1] === 1) length -= 1;
  return length;
}
