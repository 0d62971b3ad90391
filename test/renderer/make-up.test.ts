import { describe, expect, it } from 'vitest';
import { explainModel } from '../../src/core/model/explain-model';
import { modelFromGguf } from '../../src/core/model/gguf/model-from-gguf';
import { makeUpParts } from '../../src/renderer/plan/make-up';
import { headerNames, headerOf } from '../support/truth-models';

describe('the bar of what a model is made of', () => {
  it.each(headerNames)('is full for %s, and every byte is in a part', (name) => {
    const explanation = explainModel(modelFromGguf(headerOf(name), name, name));
    const parts = makeUpParts(explanation);
    expect(parts.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(100);
    expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(explanation.weight_bytes);
  });
});
