import { elementsOf } from '../tensor-types';
import { bitsOf } from './dtypes';
import { JsonCursor } from './json-cursor';
import type { SafetensorsTensor } from './safetensors-file';

/** Real names have fewer than 200 bytes. */
const LONGEST_NAME = 4096;
/** The largest models, with every expert a tensor of its own and a scale beside it, have some 100,000. */
const MOST_TENSORS = 262_144;
/** PyTorch's own limit. */
const MOST_DIMENSIONS = 64;
const METADATA = '__metadata__';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** The tensors that the JSON of a header lists, in the order of their data. `base` is where it begins in the file. Throws SafetensorsError. */
export function parseHeader(bytes: Uint8Array, base: number): readonly SafetensorsTensor[] {
  const cursor = new JsonCursor(bytes, base);
  const tensors: SafetensorsTensor[] = [];
  const names = new Set<string>();
  takeObject(cursor, (name) => {
    if (names.has(name)) throw cursor.fault('duplicate-tensor', `"${shorten(name)}" occurs twice.`);
    names.add(name);
    if (name === METADATA) {
      skipMetadata(cursor);
      return;
    }
    if (tensors.length === MOST_TENSORS) {
      throw cursor.fault('too-many', `There are more than ${MOST_TENSORS} tensors.`);
    }
    tensors.push({ name, ...takeTensor(cursor, name) });
  });
  cursor.expectEnd();
  return checkPlaces(tensors, cursor);
}

/** Takes an object, calling back for the value of each name. */
function takeObject(cursor: JsonCursor, takeValue: (name: string) => void): void {
  cursor.expect('{');
  if (cursor.takes('}')) return;
  do {
    const name = cursor.text(LONGEST_NAME);
    if (name === null) throw cursor.fault('bad-name', 'A name is longer than 4 KiB.');
    cursor.expect(':');
    takeValue(name);
  } while (cursor.takes(','));
  cursor.expect('}');
}

/** Texts by name, which nothing here needs. */
function skipMetadata(cursor: JsonCursor): void {
  takeObject(cursor, () => void cursor.text(0));
}

function takeTensor(cursor: JsonCursor, name: string): Entry {
  let dtype: string | null = null;
  let shape: readonly number[] | null = null;
  let offsets: readonly number[] | null = null;
  takeObject(cursor, (key) => {
    if (key === 'dtype' && dtype === null) dtype = takeDtype(cursor, name);
    else if (key === 'shape' && shape === null) shape = takeNumbers(cursor);
    else if (key === 'data_offsets' && offsets === null) offsets = takeNumbers(cursor);
    else throw cursor.fault('bad-json', `"${shorten(name)}" has a "${shorten(key)}", or has it twice.`);
  });
  return checkEntry(cursor, name, dtype, shape, offsets);
}

function takeDtype(cursor: JsonCursor, name: string): string {
  const dtype = cursor.text(LONGEST_NAME) ?? '';
  if (bitsOf(dtype) === null) {
    throw cursor.fault('bad-dtype', `"${shorten(name)}" is of type "${shorten(dtype)}", which is not known.`);
  }
  return dtype;
}

function takeNumbers(cursor: JsonCursor): readonly number[] {
  const numbers: number[] = [];
  cursor.expect('[');
  if (cursor.takes(']')) return numbers;
  do {
    if (numbers.length === MOST_DIMENSIONS) {
      throw cursor.fault('bad-shape', `There are more than ${MOST_DIMENSIONS} numbers in a list.`);
    }
    numbers.push(cursor.wholeNumber());
  } while (cursor.takes(','));
  cursor.expect(']');
  return numbers;
}

function checkEntry(
  cursor: JsonCursor,
  name: string,
  dtype: string | null,
  shape: readonly number[] | null,
  offsets: readonly number[] | null,
): Entry {
  const [start, end] = offsets ?? [];
  if (dtype === null || shape === null || offsets?.length !== 2 || start === undefined || end === undefined) {
    throw cursor.fault('bad-json', `"${shorten(name)}" lacks its type, its shape or its place.`);
  }
  const elements = elementsOf(shape);
  if (elements === null) {
    throw cursor.fault('bad-shape', `"${shorten(name)}" claims more elements than can be counted.`);
  }
  const size = (elements * bitsOf(dtype)!) / 8;
  if (end < start || size !== end - start) {
    throw cursor.fault(
      'bad-offset',
      `"${shorten(name)}" of ${size} bytes is said to lie from ${start} to ${end}.`,
    );
  }
  return { dtype, shape, start, end };
}

/** Tensors follow one another without gaps, as the format demands; neither may two share bytes. */
function checkPlaces(
  tensors: readonly SafetensorsTensor[],
  cursor: JsonCursor,
): readonly SafetensorsTensor[] {
  const ordered = [...tensors].sort((left, right) => left.start - right.start || left.end - right.end);
  let due = 0;
  for (const { name, start, end } of ordered) {
    if (start !== due) {
      throw cursor.fault('bad-offset', `"${shorten(name)}" begins at ${start}, where ${due} is due.`);
    }
    due = end;
  }
  return ordered;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
