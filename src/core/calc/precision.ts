/** Precisions that the rule of thumb knows. */
export const precisions = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type Precision = (typeof precisions)[number];

/** How much the KV cache is padded for what a rule of thumb leaves out. */
export const calculationModes = ['theoretical', 'conservative', 'production'] as const;
export type CalculationMode = (typeof calculationModes)[number];

/** Nominal bytes of one parameter: bits over eight, scales of blocks left out. */
export const bytesPerParameter: Readonly<Record<Precision, number>> = {
  fp32: 4,
  fp16: 2,
  int8: 1,
  int4: 0.5,
};

/**
 * KV cache beside one in 16 bits. 0.85 below 16 bits stands for some use of a packed cache; llama.cpp keeps 16 bits whatever the
 * weights are, unless `-ctk` and `-ctv` say otherwise, so 1 would be right for it.
 */
export const kvCacheMultiplier: Readonly<Record<Precision, number>> = {
  fp32: 2,
  fp16: 1,
  int8: 0.85,
  int4: 0.85,
};

/** Share added to the KV cache: nothing for one sequence without padding, 10 % by default, 25 % where many are served. */
export const modeBuffer: Readonly<Record<CalculationMode, number>> = {
  theoretical: 1,
  conservative: 1.1,
  production: 1.25,
};

/** Share of the weights taken for runtime and activations. */
export const OVERHEAD_FACTOR = 0.3;

/** Share of a card's memory below which a fit is called tight. */
export const SAFETY_MARGIN_THRESHOLD = 0.1;

/** File formats that the layer calculators tell apart. */
export const modelFormats = ['fp16', 'safetensors', 'gguf', 'gptq', 'awq', 'exl2', 'fp8', 'mxfp4'] as const;
export type ModelFormat = (typeof modelFormats)[number];

/**
 * What a format adds to the nominal bytes of its weights. A choice of ours: the rule of thumb names such a table and does not give it.
 * `fp16` and `safetensors` are stored as they are. `gguf`: Q4_0 keeps a 16-bit scale for every 32 weights, 18 bytes where 16 are nominal. `gptq` and
 * `awq`: a 16-bit scale and a 4-bit zero for every 128 weights, 66.5 bytes where 64 are nominal. `exl2`: the bits it is named for
 * hold its scales; the output stays at 6 bits, some 2 % of a model of 7 billion. `fp8`: a 32-bit scale for every 128 by 128
 * weights. `mxfp4`: an 8-bit scale for every 32 weights, 17 bytes where 16 are nominal.
 */
export const formatOverhead: Readonly<Record<ModelFormat, number>> = {
  fp16: 1,
  safetensors: 1,
  gguf: 18 / 16,
  gptq: 66.5 / 64,
  awq: 66.5 / 64,
  exl2: 1.02,
  fp8: 1 + 4 / 128 ** 2,
  mxfp4: 17 / 16,
};

/** The precision whose nominal size is nearest to so many bits a weight: what a rule of thumb takes a quantisation for. */
export function nearestPrecision(bitsPerWeight: number): Precision {
  if (bitsPerWeight > 20) return 'fp32';
  if (bitsPerWeight > 11) return 'fp16';
  return bitsPerWeight > 6 ? 'int8' : 'int4';
}
