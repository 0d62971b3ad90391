import { describe, expect, it } from 'vitest';
import { explainModel } from '../../../src/core/model/explain-model';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import { headerNames, headerOf } from '../../support/truth-models';

function explained(name: string) {
  const model = modelFromGguf(headerOf(name), name, `/${name}.gguf`);
  return { model, explanation: explainModel(model) };
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}

describe('the account of a model', () => {
  it.each(headerNames)('of %s misses no byte, by kind, by type and by layer', (name) => {
    const { model, explanation } = explained(name);
    const whole = sum(model.tensors);
    expect(explanation.weight_bytes).toBe(whole);
    expect(sum(explanation.by_role)).toBe(whole);
    expect(sum(explanation.by_type)).toBe(whole);
    expect(sum(explanation.layers) + explanation.outside_bytes).toBe(whole);
    expect(explanation.by_role.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1);
    for (const layer of explanation.layers) expect(sum(layer.roles)).toBe(layer.bytes);
  });

  it('tells full from sliding layers', () => {
    const { explanation } = explained('gpt-oss-20b');
    expect(explanation.layers.filter(({ kind }) => kind === 'sliding')).toHaveLength(12);
    expect(explanation.growth!.grows).toHaveLength(12);
    expect(explanation.growth!.windowed).toHaveLength(12);
    expect(explanation.unbounded_bytes_per_token).toBe(explanation.cache_bytes_per_token! / 2);
  });

  it('tells layers with a state from those that grow', () => {
    const { explanation } = explained('qwen3-next-80b-a3b');
    expect(explanation.growth!.fixed).toHaveLength(36);
    expect(explanation.growth!.grows).toHaveLength(12);
    expect(explanation.state_bytes).toBeGreaterThan(0);
    expect(explanation.layers[0]!.kind).toBe('recurrent');
  });

  it('leaves unknown what is not known, and still accounts for the weights', () => {
    const { model } = explained('phi-4');
    const explanation = explainModel({ ...model, layers: null });
    expect(explanation).toMatchObject({ cache_bytes_per_token: null, growth: null, state_bytes: null });
    expect(explanation.layers[0]).toMatchObject({ kind: 'unknown', cache_bytes_per_token: null });
    expect(explanation.weight_bytes).toBeGreaterThan(8e9);
  });

  it('of a model without tensors is empty', () => {
    const { model } = explained('phi-4');
    expect(explainModel({ ...model, tensors: [], layers: null })).toMatchObject({
      weight_bytes: 0,
      by_role: [],
      layers: [],
    });
  });
});
