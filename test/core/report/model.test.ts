import { describe, expect, it } from 'vitest';
import type { LayerMemory, Model } from '../../../src/core/model/schema';
import { layerGroups } from '../../../src/core/report/model-layers';
import { cacheBytesPerToken, modelText } from '../../../src/core/report/model-text';

const full: LayerMemory = { cache: { key_elements: 1024, value_elements: 1024, window: null }, state: null };
const sliding: LayerMemory = {
  cache: { key_elements: 512, value_elements: 512, window: 4096 },
  state: null,
};
const recurrent: LayerMemory = { cache: null, state: { r_elements: 1024, s_elements: 3072 } };

function modelWith(own: Partial<Model>): Model {
  return {
    name: 'Mixed',
    source: { kind: 'gguf', locator: '/m.gguf', tensors: 'read' },
    architecture: 'mixed',
    quant: null,
    file_bytes: 10_000_000_000,
    parameters: { total: 30_500_000_000, active: 3_300_000_000 },
    block_count: 3,
    embedding_length: 4096,
    vocabulary: 32_000,
    context_trained: 131_072,
    feed_forward_length: null,
    attention: { heads: 32, kv_heads: null, key_length: 128, value_length: 128 },
    experts: { count: 128, used: 8, shared: 1, feed_forward_length: 768 },
    tensors: [
      { name: 'a', type: 'q4_K', dimensions: [1], bytes: 2 ** 20, layer: 0, role: 'expert' },
      { name: 'b', type: 'q6_K', dimensions: [1], bytes: 3 * 2 ** 20, layer: 0, role: 'expert' },
      { name: 'c', type: 'f32', dimensions: [1], bytes: 1024, layer: 0, role: 'norm' },
    ],
    layers: [full, sliding, sliding, recurrent],
    metadata: {},
    findings: [],
    ...own,
  };
}

describe('a model as text', () => {
  it('shows parameters, experts and what a token costs in cache', () => {
    const text = modelText(modelWith({}));
    expect(text).toMatch(/Parameters +30\.5B, 3\.30B active for a token/);
    expect(text).toMatch(/Experts +128, 8 used for a token, 1 shared/);
    expect(text).toMatch(/KV cache +8 KiB a token in f16/);
    expect(text).not.toContain('Tensors by kind');
  });

  it('says unknown where the file does not say', () => {
    const text = modelText(modelWith({ layers: null, experts: null }));
    expect(text).toMatch(/KV cache +unknown/);
    expect(text).toMatch(/Experts +none \(dense\)/);
    expect(text).toMatch(/Attention +32 heads, unknown for keys and values/);
    expect(text).toMatch(/Quantisation +unknown/);
  });

  it('explains tensors by kind, the heaviest first, with their types', () => {
    const text = modelText(modelWith({}), { explain: true });
    expect(text).toMatch(/expert +2 +4\.0 MiB +100 % +q4_K, q6_K\n +norm +1 +1 KiB +<1 % +f32/);
  });

  it('explains layer by layer, neighbours that are alike in one row', () => {
    const text = modelText(modelWith({}), { explain: true, width: 120 });
    expect(text).toMatch(/\n +0 +4\.0 MiB +full attention +4 KiB +the context\n/);
    expect(text).toMatch(/\n +1-2 +0 B +sliding window +2 KiB +4,096 tokens\n/);
    expect(text).toMatch(/\n +3 +0 B +recurrent +16 KiB\n/);
    expect(modelText(modelWith({ layers: null }), { explain: true })).toMatch(/ 0 .* unknown/);
  });

  it('explains which layers grow with the context', () => {
    const text = modelText(modelWith({}), { explain: true, width: 120 });
    expect(text).toContain('layer 0: 4 KiB a token each, grows with the whole context');
    expect(text).toContain('2 layers 1-2: 2 KiB a token each, up to a window of 4,096 tokens');
    expect(text).toContain('layer 3: 16 KiB a sequence each, whatever the context');
  });
});

describe('what layers keep', () => {
  it('is summed over the layers that have a cache', () => {
    expect(cacheBytesPerToken([full, sliding, recurrent])).toBe(2048 * 2 + 1024 * 2);
    expect(cacheBytesPerToken(null)).toBeNull();
  });

  it('is grouped by what they keep, in order of appearance', () => {
    expect(layerGroups([full, sliding, full, recurrent]).map(({ layers }) => layers)).toStrictEqual([
      [0, 2],
      [1],
      [3],
    ]);
  });
});
