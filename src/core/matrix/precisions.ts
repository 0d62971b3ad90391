import { formatOverhead, kvCacheMultiplier, type ModelFormat, nearestPrecision } from '../calc/precision';

/** How weights are stored, as the matrix tells them apart. */
export interface MatrixPrecision {
  /** What `--precision` takes. */
  readonly id: string;
  readonly format: ModelFormat;
  /** Bits of a weight without what the format adds; for GGUF mixtures their mean, scales among them. */
  readonly bits: number;
  /** What the format adds: 1.0625 is 6.25 % more. */
  readonly overhead: number;
  /** The llama.cpp quantisation that the planner counts to the byte; null for formats that llama.cpp does not read. */
  readonly quant: string | null;
}

/** Stored as named, with what the format adds. */
function stored(id: string, format: ModelFormat, bits: number, quant: string | null): MatrixPrecision {
  return { id, format, bits, overhead: formatOverhead[format], quant };
}

/**
 * A GGUF file's mean bits a weight, of Llama 3.1 8B as `core/model/quantise` makes its tensors: scales are among them. Llama 3.3
 * 70B is up to 6 % below, because more bits go to few tensors of a larger whole.
 */
function mixed(quant: string, bits: number): MatrixPrecision {
  return { id: quant.toLowerCase(), format: 'gguf', bits, overhead: 1, quant };
}

/** In the order that pickers show them. */
export const matrixPrecisions: readonly MatrixPrecision[] = [
  stored('fp32', 'safetensors', 32, 'F32'),
  stored('fp16', 'safetensors', 16, 'F16'),
  stored('fp8', 'fp8', 8, null),
  stored('int8', 'safetensors', 8, null),
  stored('int4', 'safetensors', 4, null),
  stored('gptq-int4', 'gptq', 4, null),
  stored('awq-int4', 'awq', 4, null),
  stored('exl2-4.0', 'exl2', 4, null),
  stored('mxfp4', 'mxfp4', 4, 'MXFP4_MOE'),
  mixed('Q8_0', 8.501),
  mixed('Q6_K', 6.563),
  mixed('Q5_K_M', 5.704),
  mixed('Q4_K_M', 4.894),
  mixed('IQ4_XS', 4.46),
  mixed('Q3_K_M', 3.996),
  mixed('Q2_K', 3.159),
];

/** The precision of an id, in any case; null for an unknown one. */
export function precisionNamed(name: string): MatrixPrecision | null {
  const wanted = name.trim().toLowerCase();
  return matrixPrecisions.find(({ id }) => id === wanted) ?? null;
}

/** Bytes that one parameter takes. */
export function bytesPerParameterOf({ bits, overhead }: MatrixPrecision): number {
  return (bits / 8) * overhead;
}

/** KV cache beside one in 16 bits, by the nearest of the four precisions that the rule of thumb knows. */
export function kvMultiplierOf({ bits }: MatrixPrecision): number {
  return kvCacheMultiplier[nearestPrecision(bits)];
}
