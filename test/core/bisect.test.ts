import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestThat } from '../../src/core/bisect';

describe('the largest number that holds', () => {
  it('is found wherever it lies, and asked for no number outside of the range', () => {
    const numbers = fc.integer({ min: -5, max: 1000 });
    fc.assert(
      fc.property(numbers, numbers, numbers, (from, length, last) => {
        const to = from + length;
        const found = largestThat(from, to, (value) => {
          expect(value >= from && value <= to).toBe(true);
          return value <= last;
        });
        expect(found).toBe(to < from || last < from ? null : Math.min(to, last));
      }),
    );
  });
});
