import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelFromGguf } from '../../../../src/core/model/gguf/model-from-gguf';
import { modelSchema, type Model } from '../../../../src/core/model/schema';
import { readBytes } from './drive';

const headers = new URL('../../../fixtures/headers/', import.meta.url);
const sizes = JSON.parse(readFileSync(new URL('sizes.json', headers), 'utf8')) as Record<
  string,
  { header_bytes: number; file_bytes: number }
>;
const names = Object.keys(sizes);

function modelNamed(name: string): Model {
  const head = readFileSync(new URL(`${name}.gguf.head`, headers));
  return modelFromGguf(readBytes(head, sizes[name]!.file_bytes), name, `${name}.gguf`);
}

describe('the headers of fourteen models', () => {
  it.each(names)('%s is read to the byte its data begin, and its tensors fill the file', (name) => {
    const head = readFileSync(new URL(`${name}.gguf.head`, headers));
    const file = readBytes(head, sizes[name]!.file_bytes);
    expect(file.dataOffset).toBe(sizes[name]!.header_bytes);
    expect(sizes[name]!.file_bytes - file.expectedBytes).toBeGreaterThanOrEqual(0);
    expect(sizes[name]!.file_bytes - file.expectedBytes).toBeLessThan(32);
    expect(file.findings).toEqual([]);
  });

  it.each(names)('%s becomes a Model that travels, with every layer known and nothing to report', (name) => {
    const model = modelNamed(name);
    expect(modelSchema.parse(model)).toEqual(model);
    expect(model.layers).toHaveLength(model.block_count!);
    expect(model.findings).toEqual([]);
    expect(model.tensors.filter(({ role }) => role === 'other').map((tensor) => tensor.name)).toEqual(
      name === 'gemma-4-e4b' ? expect.arrayContaining(['per_layer_model_proj.weight']) : [],
    );
  });

  it.each([
    ['llama-3.1-8b', 'llama', 'Q4_K_M', 8.03, 8.03],
    ['llama-3.3-70b', 'llama', 'Q4_K_M', 70.55, 70.55],
    ['mixtral-8x7b', 'llama', 'Q4_K_M', 46.7, 12.88],
    ['qwen2.5-7b', 'qwen2', 'Q4_K_M', 7.62, 7.62],
    ['qwen3-30b-a3b', 'qwen3moe', 'Q4_K_M', 30.53, 3.35],
    ['gpt-oss-20b', 'gpt-oss', 'Q4_K_M', 20.91, 4.19],
    ['deepseek-v2-lite', 'deepseek2', 'Q4_K_M', 15.71, 2.66],
    ['qwen3-next-80b-a3b', 'qwen3next', 'Q4_K_M', 79.67, 3.87],
    ['granite-4.0-h-tiny', 'granitehybrid', 'Q4_K_M', 6.94, 1.47],
    ['lfm2-8b-a1b', 'lfm2moe', 'Q4_K_M', 8.34, 1.56],
    ['command-r7b', 'cohere2', 'Q4_K_M', 8.03, 8.03],
    ['phi-4', 'phi3', 'Q4_K_M', 14.66, 14.66],
    ['gemma-3-12b', 'gemma3', 'Q4_K_M', 11.77, 11.77],
  ])(
    '%s is %s in %s, with %f billion parameters, %f of them active',
    (name, architecture, quant, total, active) => {
      const model = modelNamed(name);
      expect([model.architecture, model.quant]).toEqual([architecture, quant]);
      expect(model.parameters.total! / 1e9).toBeCloseTo(total, 2);
      expect(model.parameters.active! / 1e9).toBeCloseTo(active, 2);
    },
  );
});

describe('what the layers of a model keep', () => {
  it('is one head of latent attention in DeepSeek-V2, keys only', () => {
    expect(modelNamed('deepseek-v2-lite').layers![0]).toEqual({
      cache: { key_elements: 576, value_elements: 0, window: null },
      state: null,
    });
  });

  it('is a window of 128 tokens in every other layer of gpt-oss', () => {
    const windows = modelNamed('gpt-oss-20b').layers!.map(({ cache }) => cache!.window);
    expect(windows.slice(0, 4)).toEqual([128, null, 128, null]);
  });

  it('is nothing of its own in the last layers of Gemma 4, and less in those with a window', () => {
    const layers = modelNamed('gemma-4-e4b').layers!;
    const shared = Number(modelNamed('gemma-4-e4b').metadata['gemma4.attention.shared_kv_layers']);
    expect(shared).toBeGreaterThan(0);
    expect(layers.slice(-shared).every(({ cache }) => cache === null)).toBe(true);
    const sizesOf = (isWindow: boolean) =>
      new Set(
        layers
          .filter(({ cache }) => cache && (cache.window !== null) === isWindow)
          .map(({ cache }) => cache!.key_elements),
      );
    expect([...sizesOf(true)]).toHaveLength(1);
    expect([...sizesOf(false)]).toHaveLength(1);
    expect([...sizesOf(true)][0]).toBeLessThan([...sizesOf(false)][0]!);
  });

  it('is a state in three of four layers of Qwen3-Next and a cache in the fourth', () => {
    const layers = modelNamed('qwen3-next-80b-a3b').layers!;
    expect(layers.slice(0, 4).map(({ cache, state }) => [cache !== null, state !== null])).toEqual([
      [false, true],
      [false, true],
      [false, true],
      [true, false],
    ]);
  });
});
