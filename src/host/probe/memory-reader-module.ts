/**
 * A WebAssembly module, written byte by byte, that reads memory as fast as WebAssembly can: 16 independent 128-bit
 * accumulators, so that no addition waits for the one before, and 256 bytes a turn. It imports its memory as `m.m` and
 * exports `sum(start: i32, end: i32): i64`, the sum modulo 2^64 of all 64-bit words in [start, end). One accumulator
 * more than needed costs nothing; several distant streams, tried as well, were slower by half.
 * Format: https://webassembly.github.io/spec/core/binary/ with the SIMD opcodes of its vector instructions.
 */
export function sumModule(memoryPages: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, vector([[0x60, 2, I32, I32, 1, I64]])),
    ...section(2, vector([[...name('m'), ...name('m'), MEMORY, ...limits(1, memoryPages)]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name('sum'), FUNCTION, 0]])),
    ...section(10, vector([sized(sumFunction())])),
  ]);
}

/** Bytes read in one turn of the loop: lengths given to `sum` are a multiple of it. */
export const STRIDE = 256;

const VECTOR_BYTES = 16;
const ACCUMULATORS = STRIDE / VECTOR_BYTES;

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
const EMPTY = 0x40;
const FUNCTION = 0x00;
const MEMORY = 0x02;

const LOOP = 0x03;
const END = 0x0b;
const BRANCH_IF = 0x0d;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
const I32_LESS_UNSIGNED = 0x49;
const I32_ADD = 0x6a;
const I64_ADD = 0x7c;
const SIMD = 0xfd;
const V128_LOAD = 0x00;
const I64X2_EXTRACT_LANE = 0x1d;
const I64X2_ADD = 0xce;

/** Locals: 0 is the position, 1 the end, and the accumulators follow. */
const POSITION = 0;
const LIMIT = 1;
const accumulator = (index: number) => 2 + index;
/** The alignment of a load is written as a power of two. */
const ALIGNED_16 = 4;

function sumFunction(): readonly number[] {
  const indices = Array.from({ length: ACCUMULATORS }, (_, index) => index);
  return [
    vector([[ACCUMULATORS, V128]]),
    [LOOP, EMPTY],
    indices.flatMap(addNextVector),
    [LOCAL_GET, POSITION, I32_CONST, ...signed(STRIDE), I32_ADD, LOCAL_TEE, POSITION],
    [LOCAL_GET, LIMIT, I32_LESS_UNSIGNED, BRANCH_IF, 0, END],
    indices.slice(1).flatMap(foldIntoFirst),
    laneOfFirst(0),
    laneOfFirst(1),
    [I64_ADD, END],
  ].flat();
}

function addNextVector(index: number): readonly number[] {
  const own = accumulator(index);
  return [
    [LOCAL_GET, own, LOCAL_GET, POSITION],
    [SIMD, V128_LOAD, ALIGNED_16, ...unsigned(index * VECTOR_BYTES)],
    [SIMD, ...unsigned(I64X2_ADD), LOCAL_SET, own],
  ].flat();
}

function foldIntoFirst(index: number): readonly number[] {
  const first = accumulator(0);
  return [
    [LOCAL_GET, first, LOCAL_GET, accumulator(index)],
    [SIMD, ...unsigned(I64X2_ADD), LOCAL_SET, first],
  ].flat();
}

function laneOfFirst(lane: number): readonly number[] {
  return [LOCAL_GET, accumulator(0), SIMD, I64X2_EXTRACT_LANE, lane];
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): readonly number[] {
  return [...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): readonly number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): readonly number[] {
  return sized(Array.from(text, (letter) => letter.codePointAt(0)!));
}

function limits(least: number, most: number): readonly number[] {
  return [0x01, ...unsigned(least), ...unsigned(most)];
}

/** Unsigned LEB128. */
function unsigned(value: number): readonly number[] {
  const low = value % 128;
  const rest = Math.floor(value / 128);
  return rest === 0 ? [low] : [low + 128, ...unsigned(rest)];
}

/** Signed LEB128 of a value that is not negative: bit 6 of the last byte is the sign. */
function signed(value: number): readonly number[] {
  if (value < 64) return [value];
  return [(value % 128) + 128, ...signed(Math.floor(value / 128))];
}
