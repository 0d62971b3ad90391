/** What a tensor is filled with. */
export type Filling = { readonly kind: 'random' } | { readonly kind: 'constant'; readonly value: number };

const random: Filling = { kind: 'random' };

/**
 * What keeps a model of random weights finite: norms and scales of one, no biases, states that decay; everything else is
 * random. Only 32-bit tensors are ever constant.
 */
export function fillingOf(name: string, type: string): Filling {
  if (type !== 'f32') return random;
  const own = name.replace(/^blk\.\d+\./, '');
  if (/norm|scale|^ssm_d$|^rope_/.test(own)) return { kind: 'constant', value: 1 };
  // The logarithm's inverse is already taken: a state fades by exp(a · dt).
  if (own === 'ssm_a') return { kind: 'constant', value: -1 };
  if (own.endsWith('.bias') || own.startsWith('attn_sinks')) return { kind: 'constant', value: 0 };
  return random;
}
