import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/core/model/config/config-error';
import { modelFromConfig } from '../../../../src/core/model/config/model-from-config';
import type { Model } from '../../../../src/core/model/schema';
import { modelSchema } from '../../../../src/core/model/schema';
import { readJson } from '../../../support/truth-models';

const options = { name: 'a model', locator: 'config.json', quant: 'Q4_K_M' };

function modelOf(name: string, quant: string | null = 'Q4_K_M'): Model {
  return modelFromConfig(readJson(`configs/${name}.json`), { ...options, quant });
}

function dimensionsOf(model: Model, tensor: string): readonly number[] | undefined {
  return model.tensors.find(({ name }) => name === tensor)?.dimensions;
}

describe('a published config.json', () => {
  it('of Llama 3.1 gives the parameters its publisher counts, and the factors of scaled rope', () => {
    const model = modelOf('llama-3.1-8b');
    expect(dimensionsOf(model, 'rope_freqs.weight')).toEqual([64]);
    expect(model.parameters.total! - 64).toBe(8_030_261_248);
  });

  it('of Mixtral has experts in three dimensions and a router', () => {
    const model = modelOf('mixtral-8x7b');
    expect(model.parameters.total).toBe(46_702_792_704);
    expect(dimensionsOf(model, 'blk.31.ffn_down_exps.weight')).toEqual([14336, 4096, 8]);
    expect(model.experts).toMatchObject({ count: 8, used: 2 });
  });

  it('with explicit nulls is read as one that leaves those fields out', () => {
    const config = readJson('configs/qwen3-30b-a3b.json') as Record<string, unknown>;
    const set = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
    expect(Object.keys(set).length).toBeLessThan(Object.keys(config).length);
    expect(modelFromConfig(config, options)).toEqual(modelFromConfig(set, options));
    expect(modelOf('qwen3-30b-a3b').parameters.total).toBe(30_532_122_624);
  });

  it('of a model that also sees is read for its text model, and says which block predicts ahead', () => {
    const model = modelOf('qwen3.5-35b-a3b');
    expect(model.architecture).toBe('qwen35moe');
    expect(model.block_count).toBe(41);
    expect(dimensionsOf(model, 'blk.40.nextn.eh_proj.weight')).toEqual([4096, 2048]);
    expect(model.findings.map(({ code }) => code)).toContain('predicts-ahead');
    expect(model.layers!.filter(({ state }) => state !== null)).toHaveLength(30);
  });

  it('of Gemma 4 gives narrow heads to layers with a window, and no values where keys serve for them', () => {
    const model = modelOf('gemma-4-26b-a4b');
    expect(dimensionsOf(model, 'blk.4.attn_k.weight')).toEqual([2816, 2048]);
    expect(dimensionsOf(model, 'blk.5.attn_k.weight')).toEqual([2816, 1024]);
    expect(dimensionsOf(model, 'blk.4.attn_v.weight')).toEqual([2816, 2048]);
    expect(dimensionsOf(model, 'blk.5.attn_v.weight')).toBeUndefined();
  });

  it('of gpt-oss without a quantisation is sized as it is published, in MXFP4', () => {
    const model = modelOf('gpt-oss-20b', null);
    expect(model.quant).toBe('MXFP4_MOE');
    expect(model.tensors.find(({ name }) => name === 'blk.0.ffn_up_exps.weight')?.type).toBe('mxfp4');
  });

  it('of Kimi K2 has keys compressed to 576 elements', () => {
    const model = modelOf('kimi-k2');
    expect(model.parameters.total).toBeGreaterThan(1.02e12);
    expect(model.layers![0]!.cache).toMatchObject({ key_elements: 576 });
    expect(dimensionsOf(model, 'blk.60.attn_k_b.weight')).toEqual([128, 512, 64]);
  });

  it('of Nemotron H has one kind of part in each layer, by its letter', () => {
    const model = modelOf('nemotron-h-56b');
    expect(model.block_count).toBe(118);
    expect(dimensionsOf(model, 'blk.0.ssm_in.weight')).toBeDefined();
    expect(dimensionsOf(model, 'blk.1.ffn_up.weight')).toEqual([8192, 32768]);
    expect(dimensionsOf(model, 'blk.7.attn_q.weight')).toEqual([8192, 8192]);
    expect(model.tensors.some(({ name }) => name.includes('ffn_gate'))).toBe(false);
  });

  it('of Nemotron 3 Super has experts in a narrower space, in the block that predicts ahead too', () => {
    const model = modelOf('nemotron-3-super-120b-a12b');
    expect(dimensionsOf(model, 'blk.1.ffn_up_exps.weight')).toEqual([1024, 2688, 512]);
    expect(dimensionsOf(model, 'blk.88.ffn_latent_down.weight')).toEqual([4096, 1024]);
    expect(model.parameters.total! / 1e9).toBeCloseTo(123.6, 0);
  });

  it.each([
    ['llama-4-scout', 'llama4', 107_769_861_184],
    ['minimax-m2.5', 'minimax-m2', 228_689_764_864],
    ['kimi-linear-48b-a3b', 'kimi-linear', 49_122_681_728],
    ['mamba2-780m', 'mamba2', 780_161_280],
  ])('of %s is a %s of the parameters its publisher counts', (name, architecture, parameters) => {
    const model = modelOf(name);
    expect([model.architecture, model.parameters.total]).toEqual([architecture, parameters]);
    expect(model.layers).not.toBeNull();
  });

  it('of Llama 4 has an expert for every token, and windows in three of four layers', () => {
    const model = modelOf('llama-4-scout');
    expect(dimensionsOf(model, 'blk.0.ffn_up_shexp.weight')).toEqual([5120, 8192]);
    expect(model.layers!.filter(({ cache }) => cache!.window === 8192)).toHaveLength(36);
    expect(model.parameters.active! / 1e9).toBeCloseTo(17.2, 1);
  });

  it('of Kimi Linear keeps a state in twenty layers and one compressed key a token in seven', () => {
    const model = modelOf('kimi-linear-48b-a3b');
    expect(model.layers!.filter(({ state }) => state !== null)).toHaveLength(20);
    expect(model.layers![3]!.cache).toMatchObject({ key_elements: 576, value_elements: 0 });
    expect(model.layers![26]!.cache).not.toBeNull();
  });

  it('of an architecture that is not known gives what it says outright and nulls for the rest, by name', () => {
    const config = readJson('configs/minimax-m2.5.json') as Record<string, unknown>;
    const strange = { ...config, architectures: ['MiniMaxM9ForCausalLM'], model_type: 'minimax_m9' };
    const model = modelFromConfig(strange, options);
    expect(model).toMatchObject({
      architecture: null,
      block_count: 62,
      embedding_length: 3072,
      vocabulary: 200064,
      context_trained: 196608,
      parameters: { total: null, active: null },
      layers: null,
      tensors: [],
    });
    const finding = model.findings.find(({ code }) => code === 'unknown-architecture');
    expect(finding?.message).toContain('MiniMaxM9ForCausalLM');
  });

  it.each([
    'llama-3.1-8b',
    'mixtral-8x7b',
    'qwen3.5-35b-a3b',
    'gemma-4-26b-a4b',
    'nemotron-3-super-120b-a12b',
    'minimax-m2.5',
    'llama-4-scout',
    'kimi-linear-48b-a3b',
    'mamba2-780m',
  ])('of %s makes a Model that fits its schema', (name) => {
    expect(modelSchema.safeParse(modelOf(name)).error).toBeUndefined();
  });
});

describe('a quantisation asked of a config', () => {
  it('may be written in any case and by its alias', () => {
    expect(modelOf('llama-3.1-8b', 'q4_k').quant).toBe('Q4_K_M');
    expect(modelOf('llama-3.1-8b', 'fp16').quant).toBe('F16');
    expect(modelOf('gpt-oss-20b', 'mxfp4').quant).toBe('MXFP4_MOE');
  });

  it('is Q4_K_M where none is named', () => {
    expect(modelOf('llama-3.1-8b', null).quant).toBe('Q4_K_M');
  });

  it("that is a publisher's own recipe is sized as the nearest one, and says so", () => {
    const model = modelOf('llama-3.1-8b', 'UD-Q4_K_XL');
    expect(model.quant).toBe('UD-Q4_K_XL');
    expect(model.findings.map(({ code }) => code)).toContain('rough-size');
    expect(model.tensors).toEqual(modelOf('llama-3.1-8b', 'Q4_K_M').tensors);
  });

  it('that is not known is refused with the names that are', () => {
    expect(() => modelOf('llama-3.1-8b', 'Q9_K')).toThrow('"Q9_K" is no quantisation');
    try {
      modelOf('llama-3.1-8b', 'Q9_K');
    } catch (error) {
      expect((error as ConfigError).remedy).toContain('Q4_K_M, Q4_K_S');
    }
  });
});
