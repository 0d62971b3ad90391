import { quantFamilies, type QuantFamily } from './schema';

/** The family of a tensor's or a cache's type as ggml names it; unknown names count as K-quants, the most usual. */
function familyOf(type: string): QuantFamily {
  if (/^(f64|f32|f16|bf16|i\d+)$/u.test(type)) return 'float';
  if (/^q8_[01]$/u.test(type)) return 'q8';
  if (/^q[45]_[01]$/u.test(type)) return 'q4';
  if (type.startsWith('iq')) return 'iq';
  if (type === 'mxfp4' || type === 'nvfp4') return 'fp4';
  return /^(tq|q1_|q2_0)/u.test(type) ? 'ternary' : 'k';
}

const indexes = new Map<string, number>();

/** Position of a type's family in `quantFamilies`. */
export function familyIndex(type: string): number {
  const known = indexes.get(type);
  if (known !== undefined) return known;
  const index = quantFamilies.indexOf(familyOf(type));
  indexes.set(type, index);
  return index;
}
