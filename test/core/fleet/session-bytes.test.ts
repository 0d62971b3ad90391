import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kvPrecisions } from '../../../src/core/catalog/attention/schema';
import { profileWithGpus } from '../../../src/core/catalog/gpus/profile-with-gpus';
import { gpuNamed } from '../../../src/core/catalog/gpus/gpus';
import { catalogEntries, catalogModel } from '../../../src/core/catalog/models';
import { FleetError } from '../../../src/core/fleet/fleet-error';
import { sessionBytes } from '../../../src/core/fleet/session-bytes';
import { contextBytesByLayer } from '../../../src/core/plan/kv-cache';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { settingsOf } from '../../../src/core/plan/settings';
import { profileSchema } from '../../../src/core/profile/schema';
import type { LayerMemory } from '../../../src/core/model/schema';
import { wholeModel } from './questions';

const models = new Map(catalogEntries().map(({ name }) => [name, catalogModel(name, 'Q4_K_M')!]));
const names = [...models.keys()];
const types = { fp32: 'f32', fp16: 'f16', bf16: 'bf16', int8: 'q8_0', int4: 'q4_0' } as const;
const layer = (key: number, value: number, window: number | null = null): LayerMemory => ({
  cache: { key_elements: key, value_elements: value, window },
  state: null,
});

describe('what one session keeps', () => {
  it('is by llama.cpp’s policy the planner’s context bytes, whatever the model, context and cache', () => {
    const request = planRequestSchema.parse({});
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.constantFrom('fp32', 'fp16', 'bf16', 'int8', 'int4' as const),
        (name, context, precision) => {
          const model = models.get(name)!;
          const type = types[precision];
          const asked = { ...request, context, kv_type_k: type, kv_type_v: type };
          const settings = settingsOf(model, asked, { devices: [], gpuLayers: 0, cpuMoeLayers: 0 });
          const planned = contextBytesByLayer(model, settings)!.reduce((sum, bytes) => sum + bytes, 0);
          expect(sessionBytes(model.layers!, context, precision, 'llama.cpp')).toBe(planned);
        },
      ),
      { numRuns: 3000, seed: 11 },
    );
  });

  it.each([
    'llama-3.1-8b',
    'gemma-3-27b',
    'deepseek-v3',
    'qwen3-next-80b-a3b',
    'granite-4.0-h-small',
    'gpt-oss-120b',
  ])('is what a plan of %s shows as context', (name) => {
    const model = models.get(name)!;
    const base = profileSchema.parse({
      schema_version: '1.0.0',
      created: '',
      generator: 't',
      hardware: { platform: {}, cpu: { features: [] }, memory: { ram_available_gib: 4000 } },
    });
    const card = { ...gpuNamed('b300')!, memory_gib: 4000 };
    const plan = planModel(
      model,
      profileWithGpus(base, [card]),
      planRequestSchema.parse({ context: 32768, gpu_layers: model.block_count! + 1, cpu_moe_layers: 0 }),
    );
    const context = plan.memory.reduce((sum, row) => sum + row.context_bytes!, 0);
    expect(sessionBytes(model.layers!, 32768, 'fp16', 'llama.cpp')).toBe(context);
  });

  it('counts full, sliding, hybrid, latent and recurrent layers by hand', () => {
    // 2 × 8 × 128 numbers × 2 bytes × 32 layers × 1,000 tokens
    expect(sessionBytes(wholeModel('llama-3.1-8b').layers, 1000, 'fp16', 'window-tokens')).toBe(
      32 * 1000 * 2048 * 2,
    );
    expect(sessionBytes([layer(64, 64, 100)], 1000, 'fp8', 'window-tokens')).toBe(100 * 128);
    // a window that a short context does not fill keeps no more than the context
    expect(sessionBytes([layer(64, 64, 100)], 10, 'fp8', 'window-tokens')).toBe(10 * 128);
    // DeepSeek V3: 576 numbers a layer in 61 layers, keys alone
    expect(sessionBytes(wholeModel('deepseek-v3').layers, 1000, 'fp16', 'window-tokens')).toBe(
      61 * 1000 * 576 * 2,
    );
    const state: LayerMemory = { cache: null, state: { r_elements: 10, s_elements: 30 } };
    expect(sessionBytes([state], 1_000_000, 'fp8', 'window-tokens')).toBe(160);
    expect(sessionBytes([layer(64, 64)], 3, 'int4', 'window-tokens')).toBe(192);
  });

  it('grows with the context and with the width of the cache, and never beyond llama.cpp’s cells', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: 1, max: 500_000 }),
        fc.integer({ min: 0, max: 500_000 }),
        (name, context, more) => {
          const model = models.get(name)!;
          const bytes = kvPrecisions.map((precision) =>
            sessionBytes(model.layers!, context, precision, 'window-tokens'),
          );
          const [fp8, fp16, bf16, int8, fp32, int4] = bytes as [
            number,
            number,
            number,
            number,
            number,
            number,
          ];
          expect(int4).toBeLessThanOrEqual(fp8);
          expect(fp8).toBe(int8);
          expect(fp16).toBe(bf16);
          expect(fp16).toBeLessThanOrEqual(fp32);
          expect(sessionBytes(model.layers!, context + more, 'fp16', 'window-tokens')).toBeGreaterThanOrEqual(
            fp16,
          );
          expect(fp16).toBeLessThanOrEqual(sessionBytes(model.layers!, context, 'fp16', 'llama.cpp'));
        },
      ),
      { numRuns: 1000, seed: 3 },
    );
  });

  it('is not known for fp8 in llama.cpp, which has none', () => {
    expect(() => sessionBytes([layer(1, 1)], 1, 'fp8', 'llama.cpp')).toThrow(FleetError);
  });
});
