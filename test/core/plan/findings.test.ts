import { describe, expect, it } from 'vitest';
import { planModel } from '../../../src/core/plan/plan-model';
import { type PlanRequest, planRequestSchema } from '../../../src/core/plan/schema';
import { gpuWith, profileWith } from './profiles';
import { modelNamed } from './truth-rows';

function withoutEffect(request: Partial<PlanRequest>, gpus = [] as ReturnType<typeof gpuWith>[]): string[] {
  const plan = planModel(modelNamed('llama-3.1-8b'), profileWith({ gpus }), planRequestSchema.parse(request));
  return plan.findings.filter(({ code }) => code === 'choice-without-effect').map(({ message }) => message);
}

describe('the findings of a plan', () => {
  it('name layers for GPUs where there are none, and experts of a model without any', () => {
    expect(withoutEffect({ gpu_layers: 5 })).toEqual([expect.stringContaining('5 layers')]);
    expect(withoutEffect({ cpu_moe_layers: 4 })).toEqual([expect.stringContaining('Experts of 4 layers')]);
  });

  it('are silent where a choice has its effect, or nothing was chosen', () => {
    expect(withoutEffect({ gpu_layers: 5 }, [gpuWith()])).toEqual([]);
    expect(withoutEffect({})).toEqual([]);
  });
});
