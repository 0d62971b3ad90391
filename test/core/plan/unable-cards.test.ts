import { describe, expect, it } from 'vitest';
import { planModel } from '../../../src/core/plan/plan-model';
import { type PlanRequest, planRequestSchema } from '../../../src/core/plan/schema';
import { profileWith } from './profiles';
import { modelNamed } from './truth-rows';

const model = modelNamed('qwen2.5-7b');

function planned(free: number, request: Partial<PlanRequest>, vendor = 'nvidia') {
  const gpus = [{ vendor, vram_total_mib: 48_000, vram_free_mib: free }];
  return planModel(model, profileWith({ ramGib: 60, gpus }), planRequestSchema.parse(request));
}

const sizes = [1500, 3000, 5000, 9000, 20_000, 46_000];
const unfused = { kv_type_k: 'iq4_nl', kv_type_v: 'iq4_nl', context: 16_384 } as const;

describe('what a card does not do', () => {
  it('keeps a cache on the host that it computes no attention over, however much memory it has', () => {
    for (const free of sizes) expect(planned(free, unfused)).toMatchObject({ verdict: 'ship' });
    const roomy = planned(46_000, unfused);
    expect(roomy.placement).toMatchObject({ offload_cache: false });
    expect(roomy.findings.map(({ code }) => code)).toContain('attention-on-host');
    const reason = roomy.explained_flags.find(({ flag }) => flag === '-nkvo')!.reason;
    expect(reason).toContain('where attention over it can be computed');
  });

  it('is refused where the user puts that cache on it, with what helps', () => {
    const plan = planned(46_000, { ...unfused, offload_cache: true });
    expect(plan).toMatchObject({ verdict: 'refuse', reasons: [{ rule: 'no-fused-attention' }] });
    expect(plan.remedies.map(({ code }) => code)).toContain('kv-f16');
    for (const free of [600, ...sizes])
      expect(planned(free, { ...unfused, offload_cache: true }).verdict).toBe('refuse');
    expect(planned(600, { ...unfused, offload_cache: true, gpu_layers: 0 }).verdict).toBe('ship');
  });

  it('goes back to the device with a coarser cache that it does attend to', () => {
    const request = { ...unfused, context: 65_536, search_kv_types: ['q4_0'] } as const;
    const plan = planned(20_000, { ...request, search_kv_types: ['q4_0'] });
    expect(plan.placement).toMatchObject({ kv_type_k: 'q4_0', offload_cache: true });
  });

  it('is no split by rows, however little of a model it could hold', () => {
    for (const free of [600, ...sizes]) {
      const plan = planned(free, { split_mode: 'row' });
      expect(plan).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'unsupported-combination' }] });
      expect(plan.remedies.map(({ code }) => code)).toContain('layer-split');
    }
    expect(planned(600, { split_mode: 'row', gpu_layers: 0 }).verdict).toBe('ship');
    expect(planned(46_000, { split_mode: 'row' }, 'intel').verdict).toBe('ship');
  });
});
