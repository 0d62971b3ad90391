import { KIB, MIB } from '../../units';
import type { Metadata } from '../assemble-model';
import { GgufError } from './gguf-error';
import type { SkippedArray } from './gguf-file';
import type { HeaderCursor, Reading } from './header-cursor';
import {
  ARRAY,
  nameOfValue,
  readString,
  sizeOfValue,
  skipStrings,
  STRING,
  takeNumbers,
  takeScalar,
} from './read-values';

/** Longest string kept; chat templates stay below it. */
const LONGEST_STRING = 64 * KIB;
/** Longest number array kept: far above one number a layer (llama.cpp allows 512 layers). */
const LONGEST_ARRAY = 4096;
/** The specification's limit is 65,535; real keys have fewer than 100 bytes. */
const LONGEST_KEY = 4 * KIB;
/** All kept values together; real headers need some tens of KiB. */
const KEPT_BYTES = 16 * MIB;
/** Real headers have fewer than 200 pairs. */
const MOST_PAIRS = 65_536;
/** Length of a one-letter key, the letter, a type and the smallest value. */
const SMALLEST_PAIR = 8 + 1 + 4 + 1;

/** What the key-value section says; arrays that are too long to keep are counted and passed over. */
export interface MetadataSection {
  readonly metadata: Metadata;
  readonly skippedArrays: Readonly<Record<string, SkippedArray>>;
}

/** Reads `count` key-value pairs. */
export function* readMetadata(cursor: HeaderCursor, count: number): Reading<MetadataSection> {
  if (count > MOST_PAIRS) {
    throw new GgufError(
      'bad-count',
      16,
      `The header claims ${count} metadata entries, more than any model has.`,
    );
  }
  if (count * SMALLEST_PAIR > cursor.remaining) throw cursor.truncated();
  const section = new Section();
  for (let index = 0; index < count; index++) yield* readPair(cursor, section);
  return { metadata: Object.fromEntries(section.values), skippedArrays: Object.fromEntries(section.skipped) };
}

class Section {
  readonly values = new Map<string, Metadata[string]>();
  readonly skipped = new Map<string, SkippedArray>();
  readonly keys = new Set<string>();
  #room = KEPT_BYTES;

  /** Takes room for a value, or answers false where there is none left. */
  allows(bytes: number): boolean {
    if (bytes > this.#room) return false;
    this.#room -= bytes;
    return true;
  }
}

function* readPair(cursor: HeaderCursor, section: Section): Reading<void> {
  const key = yield* readKey(cursor, section);
  if (!cursor.has(4)) yield* cursor.need(4);
  const type = cursor.takeU32();
  if (type === ARRAY) yield* readArray(cursor, key, section);
  else if (type === STRING) yield* readText(cursor, key, section);
  else {
    const size = sizeOfValue(type, cursor.offset)!;
    if (!cursor.has(size)) yield* cursor.need(size);
    section.values.set(key, takeScalar(cursor, type));
  }
}

function* readKey(cursor: HeaderCursor, section: Section): Reading<string> {
  const offset = cursor.offset;
  const key = yield* readString(cursor, LONGEST_KEY);
  if (key === null || key === '') {
    throw new GgufError(
      'bad-name',
      offset,
      `A metadata key is ${key === '' ? 'empty' : 'longer than 4 KiB'}: the file is damaged.`,
    );
  }
  if (section.keys.has(key)) {
    throw new GgufError(
      'duplicate-key',
      offset,
      `The metadata key "${shorten(key)}" occurs twice; llama.cpp refuses such a file.`,
    );
  }
  section.keys.add(key);
  return key;
}

function* readText(cursor: HeaderCursor, key: string, section: Section): Reading<void> {
  const text = yield* readString(cursor, LONGEST_STRING);
  if (text !== null && section.allows(text.length)) section.values.set(key, text);
}

function* readArray(cursor: HeaderCursor, key: string, section: Section): Reading<void> {
  if (!cursor.has(12)) yield* cursor.need(12);
  const offset = cursor.offset;
  const type = cursor.takeU32();
  const count = cursor.takeU64();
  if (type === ARRAY) {
    throw new GgufError(
      'nested-array',
      offset,
      `The metadata key "${shorten(key)}" holds arrays within an array; llama.cpp refuses such a file.`,
    );
  }
  const size = sizeOfValue(type, offset);
  if (count * (size ?? 8) > cursor.remaining) {
    throw new GgufError(
      'bad-count',
      offset,
      `The metadata key "${shorten(key)}" claims ${count} elements, more than the rest of the file holds.`,
    );
  }
  const numbers =
    size === null
      ? yield* passStrings(cursor, count)
      : yield* readNumbers(cursor, type, count, size, section);
  if (numbers === null) section.skipped.set(key, { count, type: nameOfValue(type) });
  else section.values.set(key, numbers);
}

function* passStrings(cursor: HeaderCursor, count: number): Reading<null> {
  yield* skipStrings(cursor, count);
  return null;
}

function* readNumbers(
  cursor: HeaderCursor,
  type: number,
  count: number,
  size: number,
  section: Section,
): Reading<number[] | null> {
  if (count > LONGEST_ARRAY || !section.allows(count * 8)) {
    cursor.skip(count * size);
    return null;
  }
  if (!cursor.has(count * size)) yield* cursor.need(count * size);
  return takeNumbers(cursor, type, count);
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
