import { tensorTypeNamed } from '../tensor-types';

/** Types of 256-element blocks → what stands in for them where a row is not a multiple of that (`src/llama-quant.cpp: tensor_type_fallback`). */
const standIns: Readonly<Record<string, string>> = {
  iq1_s: 'iq4_nl',
  iq1_m: 'iq4_nl',
  iq2_xxs: 'iq4_nl',
  iq2_xs: 'iq4_nl',
  iq2_s: 'iq4_nl',
  iq3_xxs: 'iq4_nl',
  iq3_s: 'iq4_nl',
  iq4_xs: 'iq4_nl',
  q2_0: 'q4_0',
  q2_K: 'q4_0',
  q3_K: 'q4_0',
  tq1_0: 'q4_0',
  tq2_0: 'q4_0',
  q4_K: 'q5_0',
  q5_K: 'q5_1',
  q6_K: 'q8_0',
};

/** Types of larger blocks need a stand-in; smaller ones give way to f16. */
const SMALL_BLOCK = 32;

/**
 * The type itself where rows of this length are whole blocks of it, else its stand-in, else f16. Null where llama-quantize ends with an
 * error, because a type of large blocks has no stand-in (Q1_0).
 */
export function fittingType(type: string, rowLength: number): string | null {
  if (fits(type, rowLength)) return type;
  const standIn = standIns[type] ?? ((tensorTypeNamed(type)?.block ?? 1) <= SMALL_BLOCK ? type : null);
  if (standIn === null) return null;
  return fits(standIn, rowLength) ? standIn : 'f16';
}

function fits(type: string, rowLength: number): boolean {
  return rowLength % (tensorTypeNamed(type)?.block ?? 1) === 0;
}
