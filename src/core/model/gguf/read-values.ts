import { decodeUtf8 } from './utf8';
import { GgufError } from './gguf-error';
import type { HeaderCursor, Reading } from './header-cursor';

/** Element sizes in bytes by value type (GGUF specification: `gguf_metadata_value_type`); strings and arrays have none. */
const sizes: readonly (number | null)[] = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8];
const names = 'u8 i8 u16 i16 u32 i32 f32 bool string array u64 i64 f64'.split(' ');

export const STRING = 8;
export const ARRAY = 9;

/** Size of a value of this type, null for strings and arrays. Throws for a type that does not exist. */
export function sizeOfValue(type: number, offset: number): number | null {
  const size = sizes[type];
  if (size === undefined) {
    throw new GgufError(
      'bad-value',
      offset,
      `The header names value type ${type}, which does not exist: the file is damaged.`,
    );
  }
  return size;
}

/** Name of a value type, as the specification abbreviates it. */
export function nameOfValue(type: number): string {
  return names[type] ?? String(type);
}

/** A scalar at the cursor, its bytes at hand: integers beyond 2^53 and floats that are not finite as text. */
export function takeScalar(cursor: HeaderCursor, type: number): number | string | boolean {
  const { view, at } = cursor;
  cursor.at += sizes[type]!;
  if (type === 7) return view.getUint8(at) !== 0;
  const value = numberAt(view, at, type);
  if (value !== null) return value;
  if (type === 10) return view.getBigUint64(at, true).toString();
  if (type === 11) return view.getBigInt64(at, true).toString();
  return String(type === 6 ? view.getFloat32(at, true) : view.getFloat64(at, true));
}

/** `count` numbers at the cursor, their bytes at hand; null where one of them does not fit a double or is not finite. */
export function takeNumbers(cursor: HeaderCursor, type: number, count: number): number[] | null {
  const { view, at } = cursor;
  const size = sizes[type]!;
  cursor.at += count * size;
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    const value = numberAt(view, at + index * size, type);
    if (value === null) return null;
    numbers.push(value);
  }
  return numbers;
}

function numberAt(view: DataView, at: number, type: number): number | null {
  switch (type) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getUint16(at, true);
    case 3:
      return view.getInt16(at, true);
    case 4:
      return view.getUint32(at, true);
    case 5:
      return view.getInt32(at, true);
    case 6:
      return finiteOrNull(view.getFloat32(at, true));
    case 7:
      return view.getUint8(at) === 0 ? 0 : 1;
    case 10:
      return safeOrNull(view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true));
    case 11:
      return safeOrNull(view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true));
    default:
      return finiteOrNull(view.getFloat64(at, true));
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function safeOrNull(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}

/** A string at the cursor. One of more than `limit` bytes is passed over and answered with null. */
export function* readString(cursor: HeaderCursor, limit: number): Reading<string | null> {
  if (!cursor.has(8)) yield* cursor.need(8);
  const offset = cursor.offset;
  const length = cursor.takeU64();
  if (length > cursor.remaining) throw badLength(offset, length, cursor);
  if (length > limit) {
    cursor.skip(length);
    return null;
  }
  if (!cursor.has(length)) yield* cursor.need(length);
  const start = cursor.at;
  cursor.at += length;
  return decodeUtf8(cursor.bytes, start, cursor.at);
}

/** Passes over `count` strings by their lengths alone. */
export function* skipStrings(cursor: HeaderCursor, count: number): Reading<void> {
  let left = skipStringsAtHand(cursor, count);
  while (left > 0) {
    yield* cursor.need(8);
    left = skipStringsAtHand(cursor, left);
  }
}

/** The tight loop over a vocabulary: answers how many strings begin beyond the chunk at hand. */
function skipStringsAtHand(cursor: HeaderCursor, count: number): number {
  const { view, bytes } = cursor;
  const lastStart = bytes.length - 8;
  const endOfFile = cursor.at + cursor.remaining;
  let at = cursor.at;
  let left = count;
  while (left > 0 && at <= lastStart) {
    const length = view.getUint32(at + 4, true) * 4294967296 + view.getUint32(at, true);
    const next = at + 8 + length;
    if (next > endOfFile) {
      cursor.at = at;
      throw badLength(cursor.offset, length, cursor);
    }
    at = next;
    left--;
  }
  cursor.at = at;
  return left;
}

function badLength(offset: number, length: number, cursor: HeaderCursor): GgufError {
  return new GgufError(
    'bad-length',
    offset,
    `The header claims a text of ${length} bytes in a file of ${cursor.fileBytes}: the file is cut off or damaged.`,
  );
}
