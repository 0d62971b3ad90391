import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../../src/core/catalog/models';
import { planModel } from '../../../../src/core/plan/plan-model';
import { type Plan, planRequestSchema } from '../../../../src/core/plan/schema';
import { gpuWith, profileWith } from '../profiles';

const granite = catalogModel('granite-4.0-h-small', 'IQ4_XS')!;

/** On a card that holds all of the model; only its context checkpoints can be too much for the host. */
function planWith(ramGib: number): Plan {
  const profile = profileWith({ ramGib, gpus: [gpuWith({ vram_total_mib: 49_152, vram_free_mib: 48_000 })] });
  return planModel(granite, profile, planRequestSchema.parse({ context: 8192, parallel: 8 }));
}

function checkpointsOf(plan: Plan): string | null {
  return plan.explained_flags.find(({ flag }) => flag === '-ctxcp')!.value;
}

function said(plan: Plan): string[] {
  return plan.findings.filter(({ code }) => code === 'fewer-checkpoints').map(({ message }) => message);
}

describe('context checkpoints', () => {
  it('are four a slot where the host has room, and nothing is said of them', () => {
    const plan = planWith(64);
    expect(plan.verdict).toBe('ship');
    expect(checkpointsOf(plan)).toBe('4');
    expect(said(plan)).toEqual([]);
  });

  it('are as many as the host has room for where nothing fits beside four, and the plan says what that costs', () => {
    const full = planWith(64).memory.at(-1)!;
    const most = full.overhead_bytes! - 2 ** 30;
    const needed = (full.total_bytes! - full.overhead_bytes!) / 2 ** 30;
    for (const [kept, share] of [
      ['2', 0.6],
      ['0', 0.1],
    ] as const) {
      const plan = planWith(needed + 2 + (share * most) / 2 ** 30);
      expect(plan.verdict).toBe('ship');
      expect(checkpointsOf(plan)).toBe(kept);
      expect(said(plan)).toEqual([expect.stringContaining(`${kept} of 4`)]);
    }
  });

  it('make no refusal a ship where not even none of them would do', () => {
    const plan = planWith(2.01);
    expect(plan.verdict).toBe('refuse');
    expect(checkpointsOf(plan)).toBe('0');
  });
});
