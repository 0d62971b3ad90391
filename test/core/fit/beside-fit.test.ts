import { describe, expect, it } from 'vitest';
import { planExact } from '../../../src/core/exact/plan-exact';
import { besideFit, withFit } from '../../../src/core/fit/beside-fit';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema, planSchema } from '../../../src/core/plan/schema';
import { fitLines } from '../../../src/core/report/fit-lines';
import { profileWith } from '../plan/profiles';
import { modelNamed } from '../plan/truth-rows';

const model = modelNamed('qwen3-30b-a3b');

function fitOf(profile = profileWith({ gpus: [{}] }), request: Record<string, unknown> = {}) {
  const plan = planModel(model, profile, planRequestSchema.parse(request));
  return { plan, fit: besideFit(plan, model, profile) };
}

describe('what --fit would choose, beside a plan', () => {
  it('has memory and speed of both, in a record that a plan can carry', () => {
    const profile = profileWith({ gpus: [{ vram_free_mib: 11_000 }] });
    const { plan, fit } = fitOf(profile, { context: 8192 });
    expect(fit.state).toBe('changed');
    expect(fit.arguments.slice(0, 4)).toEqual(['-c', '8192', '-ngl', '49']);
    expect(fit.rows.map(({ device }) => device)).toEqual(['gpu0', 'host']);
    for (const row of fit.rows) {
      expect(row.total_bytes).toBeLessThanOrEqual(row.budget_bytes!);
      expect(row.planned_bytes).toBe(plan.memory.find(({ device }) => device === row.device)!.total_bytes);
    }
    expect(fit.planned_decode_tok_s).toBe(plan.decode.forecast_tok_s);
    expect(fit.decode_tok_s).toBeGreaterThan(0);
    expect(fit.open_context).toBeNull();
    const carried = withFit(plan, model, profile);
    expect(planSchema.parse(carried)).toEqual(carried);
    expect(fitLines(fit, { width: 80 }).join('\n')).toContain('decode');
  });

  it('counts the context of the driver and the reserve, as llama.cpp would find them gone', () => {
    const roomy = fitOf(profileWith({ gpus: [{ vram_free_mib: 20_000 }] }), { context: 8192 }).fit;
    const held = fitOf(profileWith({ gpus: [{ vram_free_mib: 20_000 }] }), {
      context: 8192,
      reserve_mib: 6000,
    });
    expect(roomy.state).toBe('unchanged');
    expect(held.fit.state).toBe('changed');
  });

  it('would fill a host beyond its budget, which the plan refuses', () => {
    const { plan, fit } = fitOf(profileWith({ ramGib: 8, gpus: [{ vram_free_mib: 6000 }] }), {
      context: 8192,
    });
    expect(plan.verdict).toBe('refuse');
    expect(fit.over_budget).toEqual(['host']);
  });

  it('gives up where layers are fixed and too many, in words of its own', () => {
    const fixed = { context: 8192, gpu_layers: 49, cpu_moe_layers: 2 };
    const { fit } = fitOf(profileWith({ gpus: [{ vram_free_mib: 6000 }] }), fixed);
    expect(fit.state).toBe('failed');
    expect(fit.reason).toContain('n_gpu_layers already set by user to 49');
  });

  it('is unknown where the GPUs or their memory are', () => {
    expect(fitOf(profileWith({ gpus: null })).fit.state).toBe('unknown');
    const blind = fitOf(profileWith({ gpus: [{ vram_free_mib: null }] })).fit;
    expect(blind.state).toBe('unknown');
    expect(blind.reason).toContain('gpu0');
    expect(blind.rows).toEqual([]);
  });

  it('says which context --fit would take where none is named, and not where one is', () => {
    const { fit } = fitOf(profileWith({ gpus: [{ vram_free_mib: 22_000 }] }));
    expect(fit.open_context).toBeGreaterThan(8192);
    expect(fit.open_context! % 256).toBe(0);
  });

  it('is left out of what the user spelt out', () => {
    const profile = profileWith({ gpus: [{}] });
    const plan = planExact(model, profile, ['-c', '4096'], 'llama-server');
    expect(withFit(plan, model, profile).fit).toBeNull();
  });
});
