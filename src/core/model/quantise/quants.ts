import { fileTypeOfQuant } from '../tensor-types';

/** Quantisation of llama-quantize (v0.5.0 `tools/quantize/quantize.cpp`) → ggml type it starts from (`llama_ftype_get_default_type`). */
const startTypes = {
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  Q8_0: 'q8_0',
  Q6_K: 'q6_K',
  Q5_K_M: 'q5_K',
  Q5_K_S: 'q5_K',
  Q5_1: 'q5_1',
  Q5_0: 'q5_0',
  Q4_K_M: 'q4_K',
  Q4_K_S: 'q4_K',
  Q4_1: 'q4_1',
  Q4_0: 'q4_0',
  IQ4_NL: 'iq4_nl',
  IQ4_XS: 'iq4_xs',
  MXFP4_MOE: 'mxfp4',
  Q3_K_L: 'q3_K',
  Q3_K_M: 'q3_K',
  Q3_K_S: 'q3_K',
  IQ3_M: 'iq3_s',
  IQ3_S: 'iq3_s',
  IQ3_XS: 'iq3_s',
  IQ3_XXS: 'iq3_xxs',
  Q2_K: 'q2_K',
  Q2_K_S: 'q2_K',
  Q2_0: 'q2_0',
  IQ2_M: 'iq2_s',
  IQ2_S: 'iq2_xs',
  IQ2_XS: 'iq2_xs',
  IQ2_XXS: 'iq2_xxs',
  TQ2_0: 'tq2_0',
  TQ1_0: 'tq1_0',
  IQ1_M: 'iq1_m',
  IQ1_S: 'iq1_s',
  Q1_0: 'q1_0',
} as const;

export type Quant = keyof typeof startTypes;

/** Names of all quantisations, from the largest to the smallest. */
export const quantNames = Object.keys(startTypes) as Quant[];

/** Other names of the same: llama-quantize's own aliases, and what gpt-oss's files are called. */
const aliases: Readonly<Record<string, Quant>> = {
  Q3_K: 'Q3_K_M',
  Q4_K: 'Q4_K_M',
  Q5_K: 'Q5_K_M',
  MXFP4: 'MXFP4_MOE',
  FP16: 'F16',
  FP32: 'F32',
};

/**
 * Recipes of publishers that llama-quantize does not have, and the one nearest in size. Unsloth's dynamic files (`UD-…`, `…_XL`)
 * choose types by tensor and model; their rules are not published.
 */
const recipes: readonly RegExp[] = [/^UD[-_](.+)_XL$/, /^UD[-_](.+)$/, /^(Q[2-8]_K)_XL$/];

export type ResolvedQuant =
  | { readonly kind: 'known'; readonly quant: Quant }
  | { readonly kind: 'near'; readonly quant: Quant; readonly asked: string }
  | { readonly kind: 'unknown'; readonly asked: string };

/** What a name means, in any case: a quantisation, a publisher's recipe near one, or nothing known. */
export function resolveQuant(name: string): ResolvedQuant {
  const asked = name.trim().toUpperCase();
  const exact = quantNamed(asked);
  if (exact !== null) return { kind: 'known', quant: exact };
  for (const recipe of recipes) {
    const base = recipe.exec(asked)?.[1];
    const near = base === undefined ? null : (quantNamed(base) ?? quantNamed(`${base}_M`));
    if (near !== null) return { kind: 'near', quant: near, asked };
  }
  return { kind: 'unknown', asked };
}

/** The ggml type that a quantisation gives to tensors without a rule of their own. */
export function startTypeOf(quant: Quant): string {
  return startTypes[quant];
}

/** Whether a quantisation packs numbers in blocks, or only stores them as they are. */
export function packsBlocks(quant: Quant): boolean {
  return quant !== 'F32' && quant !== 'F16' && quant !== 'BF16';
}

/** Its `general.file_type` number; null for one that has none. */
export function fileTypeOf(quant: Quant): number | null {
  return fileTypeOfQuant(quant);
}

function quantNamed(name: string): Quant | null {
  if (Object.hasOwn(startTypes, name)) return name as Quant;
  return Object.hasOwn(aliases, name) ? aliases[name]! : null;
}
