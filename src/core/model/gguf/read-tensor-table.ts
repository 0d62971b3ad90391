import { bytesOfTensor, elementsOf, tensorTypeOfId } from '../tensor-types';
import { GgufError } from './gguf-error';
import type { GgufTensor } from './gguf-file';
import type { HeaderCursor, Reading } from './header-cursor';
import { readString } from './read-values';

/** llama.cpp's GGML_MAX_NAME is 64 with the closing zero; it refuses longer names. */
const LONGEST_NAME = 63;
/** llama.cpp's GGML_MAX_DIMS. */
const MOST_DIMENSIONS = 4;
/** The largest models, with every expert a tensor of its own, have some 50,000. */
const MOST_TENSORS = 262_144;
/** Length of an empty name, number of dimensions, type, offset. */
const SMALLEST_ENTRY = 8 + 4 + 4 + 8;

/** Reads `count` entries; their offsets still count from the start of the data part. */
export function* readTensorTable(cursor: HeaderCursor, count: number): Reading<GgufTensor[]> {
  if (count > MOST_TENSORS) {
    throw new GgufError('bad-count', 8, `The header claims ${count} tensors, more than any model has.`);
  }
  if (count * SMALLEST_ENTRY > cursor.remaining) throw cursor.truncated();
  const tensors: GgufTensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index++) {
    const tensor = yield* readEntry(cursor);
    if (names.has(tensor.name)) {
      throw new GgufError(
        'duplicate-tensor',
        cursor.offset,
        `The tensor "${tensor.name}" is listed twice; llama.cpp refuses such a file.`,
      );
    }
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

function* readEntry(cursor: HeaderCursor): Reading<GgufTensor> {
  const entry = cursor.offset;
  const name = yield* readString(cursor, LONGEST_NAME);
  if (name === null) {
    throw new GgufError(
      'bad-name',
      entry,
      `A tensor's name is longer than ${LONGEST_NAME} bytes; llama.cpp refuses such a file.`,
    );
  }
  const dimensions = yield* readDimensions(cursor, name);
  if (!cursor.has(12)) yield* cursor.need(12);
  const typeId = cursor.takeU32();
  const offset = cursor.takeU64();
  const type = tensorTypeOfId(typeId);
  if (type === null) throw unknownType(entry, name, typeId);
  const bytes = bytesOfTensor(type.name, dimensions);
  if (bytes === null) {
    throw new GgufError(
      'bad-tensor-width',
      entry,
      `The tensor "${name}" of ${type.name} is [${dimensions.join(', ')}], which is not rows of whole blocks of ${type.block}.`,
    );
  }
  return { name, type: type.name, dimensions, bytes, offset };
}

function* readDimensions(cursor: HeaderCursor, name: string): Reading<number[]> {
  if (!cursor.has(4)) yield* cursor.need(4);
  const offset = cursor.offset;
  const count = cursor.takeU32();
  if (count > MOST_DIMENSIONS) {
    throw new GgufError(
      'bad-dimensions',
      offset,
      `The tensor "${name}" claims ${count} dimensions; there are at most ${MOST_DIMENSIONS}.`,
    );
  }
  if (!cursor.has(count * 8)) yield* cursor.need(count * 8);
  const dimensions: number[] = [];
  for (let index = 0; index < count; index++) dimensions.push(cursor.takeU64());
  if (elementsOf(dimensions) === null) {
    throw new GgufError(
      'bad-dimensions',
      offset,
      `The tensor "${name}" claims more elements than can be counted: [${dimensions.join(', ')}].`,
    );
  }
  return dimensions;
}

function unknownType(offset: number, name: string, id: number): GgufError {
  const why =
    id <= 42
      ? 'llama.cpp has dropped: quantise the model again'
      : 'is newer than llama.cpp v0.5.0, or the file is damaged';
  return new GgufError('unknown-tensor-type', offset, `The tensor "${name}" has type ${id}, which ${why}.`);
}
