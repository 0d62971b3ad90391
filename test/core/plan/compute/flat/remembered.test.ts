import { describe, expect, it } from 'vitest';
import { Remembered } from '../../../../../src/core/plan/compute/flat/remembered';

describe('what is remembered', () => {
  it('never costs more than it may, however much is asked', () => {
    const remembered = new Remembered<{ readonly size: number }>(1000, ({ size }) => size);
    for (let index = 0; index < 10_000; index++) {
      remembered.set(`${(index * 7919) % 5003}`, { size: 1 + (index % 97) });
      expect(remembered.cost).toBeLessThanOrEqual(1000);
    }
    expect(remembered.cost).toBeGreaterThan(800);
  });

  it('loses what was longest unused first', () => {
    const remembered = new Remembered<number>(4, () => 1);
    for (const key of ['a', 'b', 'c', 'd']) remembered.set(key, 1);
    remembered.get('a');
    remembered.set('e', 1);
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => remembered.get(key) !== undefined)).toEqual([
      'a',
      'c',
      'd',
      'e',
    ]);
  });

  it('does not keep what alone costs more than all may', () => {
    const remembered = new Remembered<number>(10, (value) => value);
    remembered.set('large', 11);
    expect([remembered.get('large'), remembered.cost]).toEqual([undefined, 0]);
  });
});
