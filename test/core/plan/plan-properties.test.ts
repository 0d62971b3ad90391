import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planModel } from '../../../src/core/plan/plan-model';
import { altered } from '../../../src/core/plan/remedies/situation';
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

  it('never turns from ship into refuse when a device or the host gets more memory', () => {
    fc.assert(
      fc.property(
        model,
        request,
        vram,
        ram,
        fc.integer({ min: 0, max: 30_000 }),
        fc.integer({ min: 0, max: 40 }),
        (one, asked, vramMib, ramGib, moreVram, moreRam) => {
          const small = profileWith({ ramGib, gpus: [{ vram_free_mib: vramMib }] });
          if (planModel(one, small, asked).verdict !== 'ship') return;
          const large = profileWith({
            ramGib: ramGib + moreRam,
            gpus: [{ vram_free_mib: vramMib + moreVram }],
          });
          const reasons = planModel(one, large, asked).reasons.map((reason) => reason.code);
          expect(reasons).not.toContain('over-budget');
        },
      ),
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

  it('has remedies that ship when they are planned, and only where it refuses', () => {
    fc.assert(
      fc.property(model, request, vram, ram, (one, asked, vramMib, ramGib) => {
        const profile = profileWith({ ramGib, gpus: [{ vram_free_mib: vramMib }] });
        const plan = planModel(one, profile, asked);
        if (plan.verdict !== 'refuse') expect(plan.remedies).toEqual([]);
        expect(plan.remedies.length).toBeLessThanOrEqual(5);
        for (const remedy of plan.remedies) {
          const changed = altered({ model: one, profile, request: asked }, remedy)!;
          expect(planModel(changed.model, changed.profile, changed.request).verdict).toBe('ship');
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is faster by k at the ceiling where every bandwidth is k times as high', () => {
    fc.assert(
      fc.property(model, fc.integer({ min: 2, max: 9 }), vram, (one, factor, vramMib) => {
        const profile = (scale: number) =>
          profileWith({ ramGbps: 50 * scale, gpus: [{ vram_free_mib: vramMib, vram_bw_gbps: 900 * scale }] });
        const slow = planModel(one, profile(1), planRequestSchema.parse({}));
        // what waiting costs does not scale, so a faster machine may place otherwise
        const { gpu_layers, cpu_moe_layers, offload_cache, devices, overrides } = slow.placement;
        const same = {
          gpu_layers,
          cpu_moe_layers,
          offload_cache,
          overrides,
          devices: devices.map(({ device }) => device),
        };
        const fast = planModel(one, profile(factor), planRequestSchema.parse(same));
        expect(fast.decode.ceiling_tok_s! / slow.decode.ceiling_tok_s!).toBeCloseTo(factor, 9);
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
