import { describe, expect, it } from 'vitest';
import { contextSteps, nearestStep, shortContext } from '../../../src/core/sweep/context-steps';

describe('the steps of the context slider', () => {
  it('grow as powers of two with one between, and end at what the model was trained for', () => {
    expect(contextSteps(8192)).toEqual([1024, 1536, 2048, 3072, 4096, 6144, 8192]);
    expect(contextSteps(40_960).at(-1)).toBe(40_960);
    expect(contextSteps(10_485_760).length).toBeLessThanOrEqual(40);
  });

  it('exist for a model that does not say, and for one with hardly any context', () => {
    expect(contextSteps(null).at(-1)).toBe(131_072);
    expect(contextSteps(512)).toEqual([1024]);
  });

  it('rise without a repeat', () => {
    for (const trained of [1024, 1500, 2048, 32_768, 131_072, 163_840, 1_048_576]) {
      const steps = contextSteps(trained);
      expect(steps).toEqual([...new Set(steps)].sort((left, right) => left - right));
    }
  });

  it('are found again from any number of tokens', () => {
    const steps = contextSteps(131_072);
    expect(steps[nearestStep(steps, 8192)]).toBe(8192);
    expect(steps[nearestStep(steps, 9000)]).toBe(8192);
    expect(steps[nearestStep(steps, 10_000_000)]).toBe(131_072);
  });

  it('are short to read', () => {
    expect([1536, 8192, 131_072, 40_961].map(shortContext)).toEqual(['1.5K', '8K', '128K', '40961']);
  });
});
