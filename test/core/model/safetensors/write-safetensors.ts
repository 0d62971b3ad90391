import type { SafetensorsFile } from '../../../../src/core/model/safetensors/safetensors-file';
import { readSafetensors } from '../../../../src/core/model/safetensors/read-safetensors';
import { bitsOf } from '../../../../src/core/model/safetensors/dtypes';

export interface Weight {
  readonly name: string;
  readonly dtype?: string;
  readonly shape: readonly number[];
}

/** Bytes of a file whose header is exactly this text, with `dataBytes` zero bytes behind it. */
export function writeHeader(json: string, dataBytes = 0, length: number | bigint | null = null): Uint8Array {
  const text = Buffer.from(json);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(length ?? text.length));
  return new Uint8Array(Buffer.concat([head, text, Buffer.alloc(dataBytes)]));
}

/** The header's text for tensors that follow one another. */
export function headerOf(weights: readonly Weight[]): { readonly json: string; readonly dataBytes: number } {
  let at = 0;
  const entries = weights.map(({ name, dtype = 'BF16', shape }) => {
    const start = at;
    at += (shape.reduce((product, size) => product * size, 1) * bitsOf(dtype)!) / 8;
    return [name, { dtype, shape, data_offsets: [start, at] }] as const;
  });
  const metadata = ['__metadata__', { format: 'pt' }] as const;
  return { json: JSON.stringify(Object.fromEntries([metadata, ...entries])), dataBytes: at };
}

/** A whole file with these tensors. */
export function writeSafetensors(weights: readonly Weight[]): Uint8Array {
  const { json, dataBytes } = headerOf(weights);
  return writeHeader(json, dataBytes);
}

/** Reads the header of a file of `fileBytes` bytes of which only the first are given. */
export function readWeights(bytes: Uint8Array, fileBytes: number = bytes.length): SafetensorsFile {
  const reading = readSafetensors(fileBytes);
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    step = reading.next(bytes.subarray(offset, offset + length));
  }
  return step.value;
}

/** Names and shapes that Transformers gives to a small Llama's weights. */
export function llamaWeights({ layers = 2, tied = false } = {}): readonly Weight[] {
  const [width, inner, keys, vocabulary] = [64, 128, 32, 100];
  const blocks = Array.from({ length: layers }, (_, layer): readonly Weight[] => {
    const at = `model.layers.${layer}.`;
    return [
      { name: `${at}input_layernorm.weight`, shape: [width] },
      { name: `${at}self_attn.q_proj.weight`, shape: [width, width] },
      { name: `${at}self_attn.k_proj.weight`, shape: [keys, width] },
      { name: `${at}self_attn.v_proj.weight`, shape: [keys, width] },
      { name: `${at}self_attn.o_proj.weight`, shape: [width, width] },
      { name: `${at}self_attn.rotary_emb.inv_freq`, dtype: 'F32', shape: [8] },
      { name: `${at}post_attention_layernorm.weight`, shape: [width] },
      { name: `${at}mlp.gate_proj.weight`, shape: [inner, width] },
      { name: `${at}mlp.up_proj.weight`, shape: [inner, width] },
      { name: `${at}mlp.down_proj.weight`, shape: [width, inner] },
    ];
  });
  return [
    { name: 'model.embed_tokens.weight', shape: [vocabulary, width] },
    ...blocks.flat(),
    { name: 'model.norm.weight', shape: [width] },
    ...(tied ? [] : [{ name: 'lm_head.weight', shape: [vocabulary, width] }]),
  ];
}

/** The config.json of that Llama. */
export const llamaConfig = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 128,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 2,
  vocab_size: 100,
  max_position_embeddings: 4096,
  tie_word_embeddings: false,
  rms_norm_eps: 1e-5,
};
