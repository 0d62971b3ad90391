import { assertNever } from '../assert-never';

/** How weights can be quantised for vLLM. */
export const quantisations = ['none', 'awq', 'gptq', 'int8', 'fp8', 'mxfp4'] as const;
export type Quantisation = (typeof quantisations)[number];

/** Types of the KV cache: `auto` is the type of the weights' arithmetic. */
export const kvCacheDtypes = ['auto', 'fp8_e4m3', 'fp8_e5m2', 'float16', 'bfloat16', 'float32'] as const;
export type KvCacheDtype = (typeof kvCacheDtypes)[number];

/** Types that weights without quantisation, norms and embeddings are held in (`--dtype`). */
export const weightDtypes = ['auto', 'float16', 'bfloat16', 'float32'] as const;
export type WeightDtype = (typeof weightDtypes)[number];

/** Bytes of one number; `auto` is 16 bits, which all but a few models are published in. */
export const dtypeBytes: Readonly<Record<WeightDtype, number>> = {
  auto: 2,
  float16: 2,
  bfloat16: 2,
  float32: 4,
};

/** Bytes of one cached number; null: as the weights' arithmetic. */
const cachedBytes: Readonly<Record<KvCacheDtype, number | null>> = {
  auto: null,
  fp8_e4m3: 1,
  fp8_e5m2: 1,
  float16: 2,
  bfloat16: 2,
  float32: 4,
};

/** Bytes of one number of the KV cache. */
export function kvBytes(kv: KvCacheDtype, dtype: WeightDtype): number {
  return cachedBytes[kv] ?? dtypeBytes[dtype];
}

/** Whether the cache is kept in 8 bits. */
export function isFp8(kv: KvCacheDtype): boolean {
  return kv === 'fp8_e4m3' || kv === 'fp8_e5m2';
}

/**
 * Bytes of a parameter by the rule of thumb. AWQ and GPTQ: 4 bits and what scales and zeros add, rounded up; `none` counts by the
 * type. MXFP4 is ours: 4 bits and one byte a block of 32.
 */
export function bytesPerParameter(quantisation: Quantisation, dtype: WeightDtype): number {
  switch (quantisation) {
    case 'none':
      return dtypeBytes[dtype];
    case 'awq':
    case 'gptq':
      return 0.55;
    case 'int8':
    case 'fp8':
      return 1;
    case 'mxfp4':
      return 0.53125;
    default:
      return assertNever(quantisation);
  }
}
