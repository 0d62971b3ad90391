import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planModel } from '../../../src/core/plan/plan-model';
import { kvTypes, planRequestSchema, planSchema } from '../../../src/core/plan/schema';
import { gpuWith, profileWith } from './profiles';
import { modelNamed, modelNames } from './truth-rows';

const model = fc.constantFrom(...modelNames).map(modelNamed);
const request = fc
  .record({
    context: fc.option(fc.integer({ min: 1, max: 200_000 })),
    parallel: fc.integer({ min: 1, max: 8 }),
    kv_type_k: fc.constantFrom(...kvTypes),
    kv_type_v: fc.constantFrom(...kvTypes),
    flash_attention: fc.boolean(),
    micro_batch: fc.constantFrom(1, 64, 512, 2048),
    gpu_layers: fc.option(fc.integer({ min: 0, max: 120 })),
    cpu_moe_layers: fc.option(fc.integer({ min: 0, max: 120 })),
    allow_paging: fc.boolean(),
  })
  .map((parts) => planRequestSchema.parse(parts));
const vram = fc.integer({ min: 0, max: 60_000 });
const ram = fc.integer({ min: 1, max: 100 });
const runs = { numRuns: 60 };

describe('a plan', () => {
  it('is a record that its own schema takes', () => {
    fc.assert(
      fc.property(model, request, fc.option(vram), fc.option(ram), (one, asked, vramMib, ramGib) => {
        const profile = profileWith({ ramGib, gpus: [{ vram_free_mib: vramMib }] });
        const plan = planModel(one, profile, asked);
        expect(planSchema.parse(plan)).toEqual(plan);
        for (const row of plan.memory) {
          const parts = [
            row.model_bytes,
            row.context_bytes,
            row.compute_bytes,
            row.output_bytes,
            row.overhead_bytes,
          ];
          expect(row.total_bytes).toBe(parts.reduce((sum, part) => sum! + part!, 0));
          if (row.budget_bytes !== null) expect(row.budget_bytes).toBeGreaterThanOrEqual(0);
        }
      }),
      runs,
    );
  });

  it('takes the same bytes again when its own placement is asked for', () => {
    fc.assert(
      fc.property(model, request, vram, ram, (one, asked, vramMib, ramGib) => {
        const profile = profileWith({ ramGib, gpus: [{ vram_free_mib: vramMib }] });
        const plan = planModel(one, profile, asked);
        const { gpu_layers, cpu_moe_layers, context, offload_cache, overrides } = plan.placement;
        const devices = plan.placement.devices.map(({ device }) => device);
        const same = { context, gpu_layers, cpu_moe_layers, offload_cache, overrides, devices };
        const again = planModel(one, profile, { ...asked, ...same });
        expect(again.memory).toEqual(plan.memory);
        expect(again.verdict).toBe(plan.verdict);
      }),
      runs,
    );
  });

  it('gives no speed where a bandwidth that it needs is not known, and names it', () => {
    fc.assert(
      fc.property(model, vram, fc.boolean(), (one, vramMib, withoutHost) => {
        const gpu = gpuWith({ vram_free_mib: vramMib, vram_bw_gbps: withoutHost ? 900 : null });
        const profile = profileWith({ ramGib: 400, ramGbps: withoutHost ? null : 50, gpus: [gpu] });
        const plan = planModel(one, profile, planRequestSchema.parse({}));
        const { decode } = plan;
        if (decode.missing.length === 0) return;
        expect(decode.missing).toEqual([
          withoutHost ? '/hardware/memory/cpu_mem_bw_gbps' : '/hardware/gpus/0/vram_bw_gbps',
        ]);
        expect([
          decode.ceiling_tok_s,
          decode.forecast_tok_s,
          decode.low_tok_s,
          decode.high_tok_s,
          decode.basis,
        ]).toEqual([null, null, null, null, null]);
        expect(plan.verdict).toBe('ship');
        expect(plan.findings.map((finding) => finding.code)).toContain('speed-unknown');
      }),
      runs,
    );
  });
});
