import { describe, expect, it } from 'vitest';
import { promptToken } from '../../../src/core/receipt/prompt-token';

describe('the tokens of a prompt', () => {
  it.each([[1], [3], [4], [128], [258], [259], [151_936]])('lie in a vocabulary of %i', (vocabulary) => {
    const tokens = Array.from({ length: 1000 }, (_, index) => promptToken(index, vocabulary));
    expect(Math.min(...tokens)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...tokens)).toBeLessThan(vocabulary);
  });

  it('are 3 to 258, each as often, where the vocabulary has them or is not known', () => {
    const tokens = new Set(Array.from({ length: 256 }, (_, index) => promptToken(index, null)));
    expect([tokens.size, Math.min(...tokens), Math.max(...tokens)]).toEqual([256, 3, 258]);
  });
});
