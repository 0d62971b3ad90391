import type { Metadata, TensorFacts } from '../model/assemble-model';
import { tensorTypeNamed } from '../model/tensor-types';
import { padTo } from '../units';
import { ByteWriter } from './byte-writer';
import { BEGIN_TOKEN, END_TOKEN, SPACE, type Vocabulary } from './tokenizer';

/** Where GGUF puts the data of a tensor. */
export const ALIGNMENT = 32;
const VERSION = 3;
/** Numbers of GGUF's value types. */
const types = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9, uint64: 10 } as const;

/** Keys whose numbers llama.cpp v0.5.0 reads as floats (`src/llama-model.cpp`, `src/models/*.cpp`), whole ones too. */
const floatKey =
  /epsilon|freq_base|[._]scale$|softcapping|clamp|alibi|scaling\.(factor|attn_factor|alpha|yarn_)|xielu|magnitude|lower_bound|situ_/;
/** Lists of yes and no. */
const flagsKey = /sliding_window_pattern|recurrent_layers|indexer\.types/;

/** The head of a GGUF file: metadata, vocabulary and tensor table, padded to where the data begin. */
export function encodeHeader(
  metadata: Metadata,
  vocabulary: Vocabulary | null,
  tensors: readonly TensorFacts[],
): Uint8Array {
  const writer = new ByteWriter();
  const pairs = Object.entries(metadata);
  for (const byte of [0x47, 0x47, 0x55, 0x46]) writer.uint8(byte);
  writer.uint32(VERSION);
  writer.uint64(tensors.length);
  writer.uint64(pairs.length + (vocabulary === null ? 1 : VOCABULARY_PAIRS));
  for (const [key, value] of pairs) writePair(writer, key, value);
  writeVocabulary(writer, vocabulary);
  writeTable(writer, tensors);
  writer.padTo(ALIGNMENT);
  return writer.finish();
}

function writePair(writer: ByteWriter, key: string, value: Metadata[string]): void {
  writer.text(key);
  if (typeof value === 'string') {
    writer.uint32(types.string);
    writer.text(value);
  } else if (typeof value === 'boolean') {
    writer.uint32(types.bool);
    writer.uint8(value ? 1 : 0);
  } else if (Array.isArray(value)) {
    writeList(writer, key, value);
  } else {
    const type = typeOfNumber(key, [value]);
    writer.uint32(type);
    writeNumber(writer, type, value);
  }
}

function writeList(writer: ByteWriter, key: string, values: readonly number[]): void {
  const type = flagsKey.test(key) ? types.bool : typeOfNumber(key, values);
  writer.uint32(types.array);
  writer.uint32(type);
  writer.uint64(values.length);
  for (const value of values) writeNumber(writer, type, value);
}

function typeOfNumber(key: string, values: readonly number[]): number {
  if (floatKey.test(key) || !values.every(Number.isInteger)) return types.float32;
  if (values.some((value) => value > 0xffff_ffff)) return types.uint64;
  return values.some((value) => value < 0) ? types.int32 : types.uint32;
}

function writeNumber(writer: ByteWriter, type: number, value: number): void {
  if (type === types.bool) writer.uint8(value === 0 ? 0 : 1);
  else if (type === types.float32) writer.float32(value);
  else if (type === types.uint64) writer.uint64(value);
  else if (type === types.int32) writer.int32(value);
  else writer.uint32(value);
}

/** Pairs that `writeVocabulary` writes. */
const VOCABULARY_PAIRS = 9;

/** Without a vocabulary llama.cpp is told so; what needs no text, like llama-bench, still runs. */
function writeVocabulary(writer: ByteWriter, vocabulary: Vocabulary | null): void {
  writePair(writer, 'tokenizer.ggml.model', vocabulary === null ? 'no_vocab' : 'llama');
  if (vocabulary === null) return;
  const { tokens, types: kinds, scores } = vocabulary;
  writer.text('tokenizer.ggml.tokens');
  writer.uint32(types.array);
  writer.uint32(types.string);
  writer.uint64(tokens.length);
  for (const token of tokens) {
    if (token === SPACE) writer.text(token);
    else writer.ascii(token);
  }
  writer.text('tokenizer.ggml.scores');
  writer.uint32(types.array);
  writer.uint32(types.float32);
  writer.uint64(scores.length);
  for (const score of scores) writer.float32(score);
  writer.text('tokenizer.ggml.token_type');
  writer.uint32(types.array);
  writer.uint32(types.int32);
  writer.uint64(kinds.length);
  for (const kind of kinds) writer.int32(kind);
  writePair(writer, 'tokenizer.ggml.bos_token_id', BEGIN_TOKEN);
  writePair(writer, 'tokenizer.ggml.eos_token_id', END_TOKEN);
  writePair(writer, 'tokenizer.ggml.unknown_token_id', 0);
  writePair(writer, 'tokenizer.ggml.add_bos_token', true);
  writePair(writer, 'tokenizer.ggml.add_space_prefix', false);
}

function writeTable(writer: ByteWriter, tensors: readonly TensorFacts[]): void {
  let offset = 0;
  for (const { name, type, dimensions, bytes } of tensors) {
    writer.text(name);
    writer.uint32(dimensions.length);
    for (const dimension of dimensions) writer.uint64(dimension);
    writer.uint32(tensorTypeNamed(type)!.id);
    writer.uint64(offset);
    offset = padTo(offset + bytes, ALIGNMENT);
  }
}
