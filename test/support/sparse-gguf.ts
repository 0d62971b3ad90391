import { truncateSync, writeFileSync } from 'node:fs';
import type { Model } from '../../src/core/model/schema';
import { tensorTypeNamed } from '../../src/core/model/tensor-types';
import { padTo } from '../../src/core/units';

/** Numbers of GGUF's value types. */
const valueTypes = { uint32: 4, float32: 6, bool: 7, string: 8, array: 9 } as const;

/** Keys whose numbers llama.cpp wants as floats, and as lists of yes and no. */
const floatKey = /epsilon|freq_base|_scale$|\.scale$|softcapping/;
const flagsKey = /sliding_window_pattern|recurrent_layers/;

/** Numbers that llama.cpp wants of every model and that cost no memory, for configs that do not give them. */
const neutral = {
  'attention.layer_norm_rms_epsilon': 1e-6,
  'attention.layer_norm_epsilon': 1e-5,
  logit_scale: 1,
} as const;

/** Writes a Model as a GGUF file of its exact header and size that takes no disk: no tokenizer, and holes for data. */
export function writeSparseGguf(path: string, model: Model): void {
  const architecture = String(model.architecture);
  const defaults = Object.fromEntries(
    Object.entries(neutral).map(([key, value]) => [`${architecture}.${key}`, value]),
  );
  const metadata = { ...defaults, ...model.metadata, 'tokenizer.ggml.model': 'no_vocab' };
  let offset = 0;
  const table = model.tensors.map(({ name, type, dimensions, bytes }) => {
    const entry = [
      text(name),
      uint32(dimensions.length),
      ...dimensions.map((dimension) => uint64(dimension)),
      uint32(tensorTypeNamed(type)!.id),
      uint64(offset),
    ];
    offset += padTo(bytes, 32);
    return Buffer.concat(entry);
  });
  const pairs = Object.entries(metadata).map(([key, value]) => Buffer.concat([text(key), typed(key, value)]));
  const counts = [uint64(model.tensors.length), uint64(pairs.length)];
  const header = Buffer.concat([Buffer.from('GGUF'), uint32(3), ...counts, ...pairs, ...table]);
  writeFileSync(path, header);
  truncateSync(path, padTo(header.length, 32) + offset);
}

function typed(key: string, value: Model['metadata'][string]): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(valueTypes.string), text(value)]);
  if (typeof value === 'boolean')
    return Buffer.concat([uint32(valueTypes.bool), Buffer.from([value ? 1 : 0])]);
  if (Array.isArray(value)) {
    const flags = flagsKey.test(key);
    const floats = value.some((entry) => !Number.isInteger(entry));
    const entries = value.map((entry) =>
      flags ? Buffer.from([entry]) : floats ? float32(entry) : uint32(entry),
    );
    const kind = uint32(flags ? valueTypes.bool : floats ? valueTypes.float32 : valueTypes.uint32);
    return Buffer.concat([uint32(valueTypes.array), kind, uint64(value.length), ...entries]);
  }
  if (floatKey.test(key) || !Number.isInteger(value)) {
    return Buffer.concat([uint32(valueTypes.float32), float32(value)]);
  }
  return Buffer.concat([uint32(valueTypes.uint32), uint32(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
