import { describe, expect, it } from 'vitest';
import { calculate, CalculatorError } from '../../../src/core/calc/calculate';
import { offloadToCpu, pcieConfig } from '../../../src/core/calc/cpu-offload';
import { longestContext } from '../../../src/core/calc/exact';
import { inputsOfModel } from '../../../src/core/calc/inputs-of-model';
import { offloadLayers } from '../../../src/core/calc/layer-offload';
import { estimateBudget } from '../../../src/core/calc/memory-budget';
import { formatOverhead, nearestPrecision } from '../../../src/core/calc/precision';
import { cpuOffloadInputSchema, layersInputSchema, vramInputSchema } from '../../../src/core/calc/schema';
import { evaluatePair, vramBreakdown } from '../../../src/core/calc/vram';
import { catalogModel } from '../../../src/core/catalog/models';

/** Seven billion parameters whose tokens take half a MiB, at 4096 tokens: all figures below are worked out by hand from it. */
const seven = { params_billion: 7, kv_cache_mb_per_token: 0.5, context_tokens: 4096, gpu_vram_gb: 24 };

describe('the VRAM calculator', () => {
  it('adds 30 % to the weights and 10 % to the cache by default', () => {
    const breakdown = vramBreakdown(vramInputSchema.parse(seven));
    expect(breakdown.params_memory_gb).toBe(14);
    expect(breakdown.overhead_gb).toBeCloseTo(4.2, 12);
    expect(breakdown.model_with_overhead_gb).toBeCloseTo(18.2, 12);
    expect(breakdown.kv_cache_gb).toBeCloseTo(2.2, 12);
    expect(breakdown.total_vram_gb).toBeCloseTo(20.4, 12);
  });

  it('says how much stays free, and warns only below a tenth', () => {
    const roomy = evaluatePair(vramInputSchema.parse(seven));
    expect(roomy).toMatchObject({ status: 'RUNS', model_size: '7B', warning: null });
    expect(roomy.vram_free_percent).toBeCloseTo(15, 10);
    const tight = evaluatePair(vramInputSchema.parse({ ...seven, gpu_vram_gb: 22 }));
    expect(tight).toMatchObject({ status: 'RUNS', warning: 'Low safety margin (7.3% free)' });
  });

  it('says what does not run without a share or a warning', () => {
    const result = evaluatePair(vramInputSchema.parse({ ...seven, params_billion: 70 }));
    expect(result).toMatchObject({ status: "DOESN'T RUN", vram_free_percent: 0, warning: null });
    expect(result.required_vram_gb).toBeCloseTo(184.2, 10);
  });

  it.each([
    ['fp32', 'conservative', 28, 4.4],
    ['int8', 'theoretical', 7, 1.7],
    ['int4', 'production', 3.5, 2.125],
  ] as const)(
    'takes %s in %s mode for %d GB of weights and %d of cache',
    (quantization, mode, weights, cache) => {
      const breakdown = vramBreakdown(
        vramInputSchema.parse({ ...seven, quantization, calculation_mode: mode }),
      );
      expect(breakdown.params_memory_gb).toBe(weights);
      expect(breakdown.kv_cache_gb).toBeCloseTo(cache, 12);
    },
  );
});

const shared = { ...seven, gpu_vram_gb: 16, num_layers: 32 };

describe('the layer-offload calculator', () => {
  it('fills the card with even layers after cache, overhead and margin', () => {
    const result = offloadLayers(layersInputSchema.parse(shared));
    expect(result).toMatchObject({
      layers_on_gpu: 20,
      layers_on_cpu: 12,
      cpu_ram_used: 5.25,
      offload_ratio: 0.625,
      performance_impact: 11.25,
      status: 'partial_offload',
      recommended_gpu_split: '20 (of 32 total)',
    });
    expect(result.gpu_vram_used).toBeCloseTo(14.95, 12);
  });

  it('says when all or none of the layers fit', () => {
    expect(offloadLayers(layersInputSchema.parse({ ...shared, gpu_vram_gb: 48 }))).toMatchObject({
      status: 'full_gpu',
      performance_impact: 0,
      recommended_gpu_split: '32 (all layers, full GPU)',
    });
    const none = offloadLayers(layersInputSchema.parse({ ...shared, gpu_vram_gb: 7 }));
    expect(none).toMatchObject({ status: 'cpu_only', performance_impact: 1000, cpu_ram_used: 14 });
    expect(none.recommended_gpu_split).toBe('0 (CPU only)');
    expect(none.gpu_vram_used).toBeCloseTo(6.2, 12);
  });

  it('makes layers larger by what the format adds', () => {
    const plain = offloadLayers(layersInputSchema.parse({ ...shared, quantization: 'int4' }));
    const packed = offloadLayers(
      layersInputSchema.parse({ ...shared, quantization: 'int4', model_format: 'gguf' }),
    );
    expect(packed.layer_size_gb / plain.layer_size_gb).toBeCloseTo(formatOverhead.gguf, 12);
    expect(formatOverhead.gguf).toBe(1.125);
  });
});

describe('the CPU-offload calculator', () => {
  it.each([
    ['3.0', 12, 0.5525, 27.625],
    ['4.0', 24, 0.65, 32.5],
    ['5.0', 48, 0.845, 42.25],
  ] as const)('scales the speed by PCIe %s, %d GB/s in effect', (generation, effective, ratio, speed) => {
    const result = offloadToCpu(cpuOffloadInputSchema.parse({ ...shared, pcie_generation: generation }));
    expect(pcieConfig(generation).effective_bandwidth_gb_s).toBe(effective);
    expect(result.speed_vs_full_gpu).toBeCloseTo(ratio, 12);
    expect(result.estimated_token_speed).toBeCloseTo(speed, 10);
  });

  it('asks for two GB beside the layers on the host', () => {
    const fits = offloadToCpu(cpuOffloadInputSchema.parse({ ...shared, system_ram_gb: 7.25 }));
    expect(fits).toMatchObject({ system_ram_required: 7.25, fits_in_ram: true });
    expect(fits.total_model_memory_gb).toBeCloseTo(18.2, 12);
    const short = offloadToCpu(cpuOffloadInputSchema.parse({ ...shared, system_ram_gb: 7.2 }));
    expect(short.fits_in_ram).toBe(false);
  });

  it('takes the CPU alone for fifteen times slower, and the card alone for the baseline', () => {
    const none = offloadToCpu(cpuOffloadInputSchema.parse({ ...shared, gpu_vram_gb: 7 }));
    expect(none.estimated_token_speed).toBeCloseTo(50 / 15, 12);
    const all = offloadToCpu(cpuOffloadInputSchema.parse({ ...shared, gpu_vram_gb: 48, params_billion: 14 }));
    expect(all).toMatchObject({ estimated_token_speed: 25, speed_vs_full_gpu: 1 });
  });
});

const small = {
  total_available_mb: 8192,
  model_params: 1e9,
  bits_per_weight: 4.5,
  num_layers: 16,
  num_heads: 8,
  head_dim: 64,
};

describe('the memory budget', () => {
  it('leaves the cache what weights and runtime do not take', () => {
    expect(estimateBudget(small)).toStrictEqual({
      total_system_bytes: 8_589_934_592,
      model_weight_bytes: 562_500_000,
      runtime_overhead: 268_435_456,
      available_bytes: 7_758_999_136,
      kv_cache_budget: 7_758_999_136,
      max_context_length: 236_785,
    });
  });

  it('has nothing left, not less, where the weights alone are too much', () => {
    const budget = estimateBudget({ ...small, total_available_mb: 512 });
    expect(budget).toMatchObject({ available_bytes: 0, kv_cache_budget: 0, max_context_length: 0 });
  });
});

describe('a calculation with a model', () => {
  const model = catalogModel('llama-3.1-8b', 'Q4_K_M')!;

  it('takes its inputs from the model', () => {
    const inputs = inputsOfModel(model);
    // 32 layers of 8 heads of 128 numbers, keys and values, two bytes each: 128 KiB
    expect(inputs).toMatchObject({
      kv_cache_mb_per_token: 0.125,
      num_layers: 32,
      num_heads: 8,
      head_dim: 128,
    });
    expect(inputs.params_billion).toBeCloseTo(8.03, 2);
    expect(inputs.quantization).toBe('int4');
    expect([32, 16, 8.5, 4.8].map(nearestPrecision)).toStrictEqual(['fp32', 'fp16', 'int8', 'int4']);
  });

  it('shows the planner’s bytes beside the rule of thumb', () => {
    const answer = calculate('vram', { gpu_vram_gb: 24, context_tokens: 8192 }, model);
    expect(answer.label).toBe('rule of thumb');
    // the same as llama.cpp's own dry run: 4403 MiB of weights, 1024 of cache
    expect(answer.exact).toMatchObject({ verdict: 'ship', context_bytes: 2 ** 30, total_layers: 33 });
    expect(
      Math.round(Number(answer.exact && 'model_bytes' in answer.exact && answer.exact.model_bytes) / 2 ** 20),
    ).toBe(4403);
  });

  it('shares layers by the planner, within the memory asked about', () => {
    const answer = calculate(
      'cpu-offload',
      { gpu_vram_gb: 4, context_tokens: 8192, system_ram_gb: 16 },
      model,
    );
    const exact = answer.exact as { layers_on_gpu: number; gpu_bytes: number };
    expect(exact.layers_on_gpu).toBeGreaterThan(0);
    expect(exact.layers_on_gpu).toBeLessThan(33);
    expect(exact.gpu_bytes).toBeLessThanOrEqual(3 * 2 ** 30);
  });

  it('finds the longest context that ships, and none where the weights do not', () => {
    const longest = longestContext(model, 8192)!;
    expect(longest % 256).toBe(0);
    expect(longest).toBeGreaterThan(8192);
    expect(longest).toBeLessThan(131_072);
    expect(longestContext(model, 2048)).toBeNull();
  });
});

describe('inputs that cannot be meant', () => {
  it.each([
    ['vram', { ...seven, gpu_vram_gb: 0 }, 'gpu_vram_gb'],
    ['vram', { ...seven, params_billion: -7 }, 'params_billion'],
    ['vram', { ...seven, context_tokens: 2 ** 31 }, 'context_tokens'],
    ['vram', { ...seven, params_billion: Number.POSITIVE_INFINITY }, 'params_billion'],
    ['vram', { ...seven, overhead_factor: Number.NaN }, 'overhead_factor'],
    ['layers', { ...shared, num_layers: 0 }, 'num_layers'],
    ['cpu-offload', { ...shared, pcie_generation: '6.0' }, 'pcie_generation'],
    ['budget', { ...small, head_dim: 0 }, 'head_dim'],
    ['budget', { ...small, bits_per_weight: 1e300 }, 'bits_per_weight'],
  ] as const)('are refused by %s with the field: %o', (calculator, inputs, field) => {
    expect(() => calculate(calculator, inputs, null)).toThrow(CalculatorError);
    try {
      calculate(calculator, inputs, null);
    } catch (error) {
      expect((error as CalculatorError).field).toBe(field);
    }
  });

  it('that are huge but allowed still give finite figures', () => {
    const answer = calculate(
      'cpu-offload',
      {
        params_billion: 1e6,
        kv_cache_mb_per_token: 1e6,
        context_tokens: 2 ** 31 - 1,
        gpu_vram_gb: 1e9,
        num_layers: 1e6,
      },
      null,
    );
    expect(JSON.stringify(answer.rule_of_thumb)).not.toContain('null');
  });
});
