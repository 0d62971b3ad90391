import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../src/core/catalog/models';
import { noCompanions } from '../../../src/core/plan/companions';
import { partsOf } from '../../../src/core/plan/memory';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/request-schema';
import { settingsOf } from '../../../src/core/plan/settings';
import { MIB } from '../../../src/core/units';
import { profileWith } from './profiles';

/** What node-llama-cpp 3.22.1 logged for ballasts of these models on two cores: `sched_reserve: CPU compute buffer size`. */
const logged = [
  { model: 'llama-3.2-1b', quant: 'Q4_K_M', context: 2048, computeMib: 258.5, contextMib: 64 },
  { model: 'qwen3-0.6b', quant: 'F16', context: 2048, computeMib: 300.75, contextMib: 224 },
];

describe('a plan for the embedded runtime', () => {
  it.each(logged)('has the buffers that $model took', ({ model, quant, context, computeMib, contextMib }) => {
    const request = planRequestSchema.parse({ runtime: 'embedded', context });
    const subject = catalogModel(model, quant)!;
    const placing = { devices: [], gpuLayers: 0, cpuMoeLayers: 0 };
    const { host } = partsOf(subject, settingsOf(subject, request, placing));
    expect(host.compute! / MIB).toBeCloseTo(computeMib, 1);
    expect(host.context! / MIB).toBeCloseTo(contextMib, 1);
  });

  it('keeps no prompts and no checkpoints beside the model, and says whose memory it is', () => {
    const plan = planModel(catalogModel('gemma-3-4b', null)!, profileWith({}), requestOf({}));
    expect(plan.memory.at(-1)!.overhead_bytes).toBe(0);
    expect(plan.findings.map(({ code }) => code)).toContain('embedded-runtime');
    expect(
      planModel(catalogModel('gemma-3-4b', null)!, profileWith({}), requestOf({}, 'llama-server')),
    ).not.toMatchObject({
      memory: plan.memory,
    });
  });

  it.each([
    [{ parallel: 2 }, 'several sequences'],
    [{ cpu_moe_layers: 3 }, '-ncmoe'],
    [{ offload_cache: false }, '-nkvo'],
    [{ overrides: [{ pattern: 'exps', device: 'host' }] }, '-ot'],
  ])('refuses %o, which that runtime does not have', (wish, word) => {
    const plan = planModel(catalogModel('qwen3-0.6b', null)!, profileWith({}), requestOf(wish));
    expect(plan.verdict).toBe('refuse');
    expect(plan.reasons.map(({ message }) => message).join(' ')).toContain(word);
    expect(
      planModel(catalogModel('qwen3-0.6b', null)!, profileWith({}), requestOf(wish), noCompanions).request,
    ).toMatchObject(wish);
  });
});

function requestOf(wish: object, runtime = 'embedded') {
  return planRequestSchema.parse({ runtime, ...wish });
}
