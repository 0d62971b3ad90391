import { tensorTypeNamed } from '../../../../src/core/model/tensor-types';

/** A metadata value as it is to be written: value type by its number in the specification, and the value. */
export interface Pair {
  readonly key: string;
  readonly type: number;
  readonly value: unknown;
}

export interface TensorEntry {
  readonly name: string;
  readonly dimensions: readonly (number | bigint)[];
  /** ggml's name, or a number that may not exist. */
  readonly type: string | number;
  readonly offset: number | bigint;
}

export interface GgufParts {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly pairCount?: number | bigint;
  readonly pairs?: readonly Pair[];
  readonly tensors?: readonly TensorEntry[];
  readonly alignment?: number;
  readonly dataBytes?: number;
}

export const STRING = 8;
export const ARRAY = 9;

/** Bytes of a GGUF file with exactly these parts, right or wrong. */
export function writeGguf(parts: GgufParts): Uint8Array {
  const pairs = parts.pairs ?? [];
  const tensors = parts.tensors ?? [];
  const header = Buffer.concat([
    Buffer.from(parts.magic ?? 'GGUF', 'latin1'),
    u32(parts.version ?? 3),
    u64(parts.tensorCount ?? tensors.length),
    u64(parts.pairCount ?? pairs.length),
    ...pairs.map(pairBytes),
    ...tensors.map(entryBytes),
  ]);
  const alignment = parts.alignment ?? 32;
  const padding = tensors.length === 0 ? 0 : (alignment - (header.length % alignment)) % alignment;
  return new Uint8Array(Buffer.concat([header, Buffer.alloc(padding + (parts.dataBytes ?? 0))]));
}

export function text(key: string, value: string): Pair {
  return { key, type: STRING, value };
}

export function number32(key: string, value: number): Pair {
  return { key, type: 4, value };
}

export function strings(key: string, value: readonly string[]): Pair {
  return { key, type: ARRAY, value: { type: STRING, items: value } };
}

export function numbers32(key: string, value: readonly number[]): Pair {
  return { key, type: ARRAY, value: { type: 4, items: value } };
}

function pairBytes({ key, type, value }: Pair): Buffer {
  return Buffer.concat([stringBytes(key), u32(type), valueBytes(type, value)]);
}

function valueBytes(type: number, value: unknown): Buffer {
  switch (type) {
    case 0:
    case 7:
      return Buffer.from([Number(value)]);
    case 4:
      return u32(Number(value));
    case 6: {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(Number(value));
      return bytes;
    }
    case STRING:
      return stringBytes(String(value));
    case ARRAY: {
      const array = value as { type: number; items: readonly unknown[]; count?: number | bigint };
      return Buffer.concat([
        u32(array.type),
        u64(array.count ?? array.items.length),
        ...array.items.map((item) => valueBytes(array.type, item)),
      ]);
    }
    case 10:
    case 11:
      return u64(value as bigint);
    default:
      return Buffer.alloc(0);
  }
}

function entryBytes({ name, dimensions, type, offset }: TensorEntry): Buffer {
  const id = typeof type === 'number' ? type : tensorTypeNamed(type)!.id;
  return Buffer.concat([
    stringBytes(name),
    u32(dimensions.length),
    ...dimensions.map(u64),
    u32(id),
    u64(offset),
  ]);
}

function stringBytes(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
  return bytes;
}
