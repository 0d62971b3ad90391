import { describe, expect, it } from 'vitest';
import { planModel } from '../../../src/core/plan/plan-model';
import { type Plan, type PlanRequest, planRequestSchema, type Reason } from '../../../src/core/plan/schema';
import { MIB } from '../../../src/core/units';
import { profileWith } from './profiles';
import { modelNamed } from './truth-rows';

const llama = modelNamed('llama-3.1-8b');

function plan(vramMib: number, request: Partial<PlanRequest> = {}, overhead: number | null = 412): Plan {
  const profile = profileWith({ gpus: [{ vram_free_mib: vramMib, context_overhead_mib: overhead }] });
  return planModel(
    llama,
    profile,
    planRequestSchema.parse({ gpu_layers: 33, offload_cache: true, ...request }),
  );
}

function edgesOf({ reasons }: Plan): readonly Reason[] {
  return reasons.filter(({ code }) => code === 'at-the-edge');
}

describe('a verdict at the edge', () => {
  const { total_bytes: needed } = plan(20_000).memory[0]!;
  const exactly = needed! / MIB + 1024;

  it('says so where less is to spare than the plan may be off by', () => {
    const tight = plan(exactly + 5);
    expect(tight.verdict).toBe('ship');
    expect(edgesOf(tight)).toMatchObject([{ device: 'gpu0', bytes: 5 * MIB }]);
    expect(edgesOf(plan(exactly + 100))).toEqual([]);
  });

  it('says so where less is short than the plan may be off by', () => {
    const near = plan(exactly - 5);
    expect(near.verdict).toBe('refuse');
    expect(edgesOf(near)).toMatchObject([{ device: 'gpu0', bytes: 5 * MIB }]);
    expect(edgesOf(plan(exactly - 2000))).toEqual([]);
  });

  it('says nothing of a GPU that the plan filled itself, while the host has room', () => {
    const filled = plan(6000, { gpu_layers: null, offload_cache: null });
    expect(filled.placement.gpu_layers).toBeLessThan(33);
    expect(edgesOf(filled)).toEqual([]);
  });

  it('counts what an assumed context may be off by', () => {
    const assumed = exactly + 750 - 412;
    expect(edgesOf(plan(assumed + 300, {}, null)).length).toBe(1);
    expect(edgesOf(plan(assumed + 300)).length).toBe(0);
  });

  it('says so where the floor lies inside the interval, with floor and forecast', () => {
    const { low_tok_s: low, high_tok_s: high, forecast_tok_s: forecast } = plan(20_000).decode;
    const between = plan(20_000, { floor_tok_s: (low! + high!) / 2 });
    expect(between.verdict).toBe('ship');
    expect(edgesOf(between)).toMatchObject([
      { floor_tok_s: (low! + high!) / 2, forecast_tok_s: forecast, low_tok_s: low, high_tok_s: high },
    ]);
    expect(edgesOf(plan(20_000, { floor_tok_s: low! / 2 }))).toEqual([]);
  });

  it('gives floor and forecast where the floor is missed', () => {
    const missed = plan(20_000, { floor_tok_s: 10_000 });
    expect(missed.reasons[0]).toMatchObject({ code: 'below-floor', floor_tok_s: 10_000 });
    expect(missed.reasons[0]!.high_tok_s).toBe(missed.decode.high_tok_s);
  });
});
