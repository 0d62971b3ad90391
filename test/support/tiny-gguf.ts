import { writeFileSync } from 'node:fs';

const sizes = { embedding: 64, heads: 2, keyValueHeads: 1, feedForward: 128, layers: 3 } as const;
const HEAD = sizes.embedding / sizes.heads;
/** Marks of llama.cpp's vocabulary: unknown, control, byte, normal (`llama_token_type`). */
const kinds = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

const vocabulary: readonly (readonly [text: string, kind: number])[] = [
  ['<unk>', kinds.unknown],
  ['<s>', kinds.control],
  ['</s>', kinds.control],
  ...Array.from(
    { length: 256 },
    (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, kinds.byte] as const,
  ),
  ['▁', kinds.normal],
];

/**
 * Writes a Llama of three narrow layers, or so many, with a byte tokenizer, which may have so many words more, and made-up F32
 * weights: llama.cpp loads and runs it in milliseconds.
 */
export function writeTinyGguf(
  path: string,
  { layers = sizes.layers, moreWords = 0 }: { layers?: number; moreWords?: number } = {},
): void {
  const words = [
    ...vocabulary,
    ...Array.from({ length: moreWords }, (_, at) => [`word${at}`, kinds.normal] as const),
  ];
  const tensors = tensorShapes(layers, words.length);
  const pairs = metadata(layers, words);
  let offset = 0;
  const table = tensors.map(([name, dimensions]) => {
    const entry = [
      text(name),
      u32(dimensions.length),
      ...dimensions.map((size) => u64(size)),
      u32(0),
      u64(offset),
    ];
    offset += padded(4 * product(dimensions));
    return Buffer.concat(entry);
  });
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(pairs.length),
    ...pairs,
    ...table,
  ]);
  const data = tensors.map(([, dimensions]) => weights(product(dimensions)));
  writeFileSync(path, Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...data]));
}

type Shape = readonly [name: string, dimensions: readonly number[]];

function tensorShapes(layers: number, words: number): readonly Shape[] {
  const { embedding, feedForward, keyValueHeads } = sizes;
  const keyValue = keyValueHeads * HEAD;
  const blocks = Array.from({ length: layers }, (_, layer): readonly Shape[] => [
    [`blk.${layer}.attn_norm.weight`, [embedding]],
    [`blk.${layer}.attn_q.weight`, [embedding, embedding]],
    [`blk.${layer}.attn_k.weight`, [embedding, keyValue]],
    [`blk.${layer}.attn_v.weight`, [embedding, keyValue]],
    [`blk.${layer}.attn_output.weight`, [embedding, embedding]],
    [`blk.${layer}.ffn_norm.weight`, [embedding]],
    [`blk.${layer}.ffn_gate.weight`, [embedding, feedForward]],
    [`blk.${layer}.ffn_up.weight`, [embedding, feedForward]],
    [`blk.${layer}.ffn_down.weight`, [feedForward, embedding]],
  ]);
  return [
    ['token_embd.weight', [embedding, words]],
    ...blocks.flat(),
    ['output_norm.weight', [embedding]],
    ['output.weight', [embedding, words]],
  ];
}

function metadata(layers: number, words: typeof vocabulary): readonly Buffer[] {
  const count = (key: string, value: number): Buffer => Buffer.concat([text(key), u32(4), u32(value)]);
  const float = (key: string, value: number): Buffer => Buffer.concat([text(key), u32(6), f32(value)]);
  const list = (key: string, type: number, entries: readonly Buffer[]): Buffer =>
    Buffer.concat([text(key), u32(9), u32(type), u64(entries.length), ...entries]);
  return [
    Buffer.concat([text('general.architecture'), u32(8), text('llama')]),
    count('llama.block_count', layers),
    count('llama.context_length', 4096),
    count('llama.embedding_length', sizes.embedding),
    count('llama.feed_forward_length', sizes.feedForward),
    count('llama.attention.head_count', sizes.heads),
    count('llama.attention.head_count_kv', sizes.keyValueHeads),
    count('llama.rope.dimension_count', HEAD),
    float('llama.attention.layer_norm_rms_epsilon', 1e-5),
    Buffer.concat([text('tokenizer.ggml.model'), u32(8), text('llama')]),
    list(
      'tokenizer.ggml.tokens',
      8,
      words.map(([token]) => text(token)),
    ),
    list(
      'tokenizer.ggml.scores',
      6,
      words.map(() => f32(0)),
    ),
    list(
      'tokenizer.ggml.token_type',
      5,
      words.map(([, kind]) => u32(kind)),
    ),
    count('tokenizer.ggml.bos_token_id', 1),
    count('tokenizer.ggml.eos_token_id', 2),
  ];
}

/** Small numbers of both signs that are always the same. */
function weights(count: number): Buffer {
  const buffer = Buffer.alloc(padded(4 * count));
  for (let index = 0; index < count; index++) buffer.writeFloatLE(Math.sin(index * 12.9898) / 8, 4 * index);
  return buffer;
}

function product(sizesOf: readonly number[]): number {
  return sizesOf.reduce((result, size) => result * size, 1);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 32) * 32;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function f32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}
