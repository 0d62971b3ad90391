import { tensorTypeNamed } from '../model/tensor-types';
import { BallastError } from './ballast-error';
import { brainFloatBits, halfBits } from './half-float';

/** Spread of the weights: about what trained models have, so that activations stay within 16 bits from layer to layer. */
const SPREAD = 0.02;

/**
 * Where a block of a type keeps its 16-bit scales, and what they must be for weights of spread 1: the spread of the numbers that
 * they multiply when all other bits are random. A second scale takes the mean away (`ggml/src/ggml-common.h`, `ggml-quants.c:
 * dequantize_row_*`). Every other bit pattern of these types is valid.
 */
const scales: Readonly<Record<string, readonly (readonly [offset: number, scale: number])[]>> = {
  q4_0: [[0, 1 / 4.6]],
  q4_1: [
    [0, 1 / 4.6],
    [2, -7.5 / 4.6],
  ],
  q5_0: [[0, 1 / 9.2]],
  q5_1: [
    [0, 1 / 9.2],
    [2, -15.5 / 9.2],
  ],
  q8_0: [[0, 1 / 74]],
  q2_K: [
    [80, 1 / 14],
    [82, 1.5 / 14],
  ],
  q3_K: [[108, 1 / 42]],
  q4_K: [
    [0, 1 / 255],
    [2, 7.5 / 255],
  ],
  q5_K: [
    [0, 1 / 520],
    [2, 15.5 / 520],
  ],
  q6_K: [[208, 1 / 1370]],
  iq2_xxs: [[0, 1 / 40]],
  iq2_xs: [[0, 1 / 40]],
  iq2_s: [[0, 1 / 40]],
  iq3_xxs: [[0, 1 / 110]],
  iq3_s: [[0, 1 / 150]],
  iq1_s: [[0, 1 / 7]],
  iq4_nl: [[0, 1 / 70]],
  iq4_xs: [[0, 1 / 1300]],
  tq1_0: [[52, 1 / 0.8]],
  tq2_0: [[64, 1 / 1.2]],
  q1_0: [[0, 1]],
  q2_0: [[0, 1 / 1.2]],
};

/** `length` bytes of random weights of a type, whole blocks; the same for the same seed. Throws BallastError. */
export function randomBlocks(type: string, length: number, seed: number): Uint8Array {
  const known = tensorTypeNamed(type);
  if (known === null) throw unsupported(type);
  const blocks = Math.floor(length / known.bytes);
  const bytes = new Uint8Array(blocks * known.bytes);
  switch (type) {
    case 'f32':
    case 'f16':
    case 'bf16':
      fillFloats(bytes, type, seed);
      return bytes;
    default:
      fillRandom(bytes, seed);
      setScales(bytes, type, known.bytes);
      return bytes;
  }
}

/** `length` bytes of one number, as 32-bit floats. */
export function constantFloats(value: number, length: number): Uint8Array {
  const floats = new Float32Array(Math.ceil(length / 4)).fill(value);
  return new Uint8Array(floats.buffer);
}

function setScales(bytes: Uint8Array, type: string, blockBytes: number): void {
  const view = new DataView(bytes.buffer);
  const known = Object.hasOwn(scales, type) ? scales[type]! : null;
  for (let start = 0; start < bytes.length; start += blockBytes) {
    if (known !== null) {
      for (const [offset, scale] of known) view.setUint16(start + offset, halfBits(scale * SPREAD), true);
    } else if (type === 'mxfp4') {
      // A power of two, 2^(e - 128), that the numbers up to 12 and of spread 6 are multiplied by.
      bytes[start] = 120;
    } else if (type === 'nvfp4') {
      // Four scales of 8 bits, 2^-6 each.
      bytes.fill(0x08, start, start + 4);
    } else if (type === 'iq1_m') {
      spreadScale(view, start + 48, halfBits(SPREAD / 7));
    } else {
      throw unsupported(type);
    }
  }
}

/** IQ1_M keeps its scale in the upper four bits of four words. */
function spreadScale(view: DataView, offset: number, scale: number): void {
  for (let word = 0; word < 4; word++) {
    const at = offset + 2 * word;
    const part = (scale >>> (4 * word)) & 0xf;
    view.setUint16(at, (view.getUint16(at, true) & 0x0fff) | (part << 12), true);
  }
}

function fillFloats(bytes: Uint8Array, type: 'f32' | 'f16' | 'bf16', seed: number): void {
  const view = new DataView(bytes.buffer);
  const next = randomWords(seed);
  const step = type === 'f32' ? 4 : 2;
  // Even over an interval of this half-width has the spread wanted.
  const width = SPREAD * Math.sqrt(3);
  for (let at = 0; at < bytes.length; at += step) {
    const value = ((next() / 2 ** 32) * 2 - 1) * width;
    if (type === 'f32') view.setFloat32(at, value, true);
    else view.setUint16(at, type === 'f16' ? halfBits(value) : brainFloatBits(value), true);
  }
}

function fillRandom(bytes: Uint8Array, seed: number): void {
  const next = randomWords(seed);
  const words = new Uint32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
  for (let index = 0; index < words.length; index++) words[index] = next();
  for (let index = words.length * 4; index < bytes.length; index++) bytes[index] = next() & 0xff;
}

/** Marsaglia's xorshift with 32 bits of state: far from secret, quick, and the same everywhere. */
function randomWords(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function unsupported(type: string): BallastError {
  return new BallastError(
    'unsupported-type',
    `The model has tensors of type ${type}, for which no random weights are known.`,
    'Name a quantisation, so that the tensors get other types.',
  );
}
