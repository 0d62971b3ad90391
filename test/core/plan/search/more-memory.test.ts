import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../../src/core/catalog/models';
import { noCompanions } from '../../../../src/core/plan/companions';
import { planOnce } from '../../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../../src/core/plan/schema';
import { profileWith } from '../profiles';

/** Forecasts with a card of each size, which must all ship. */
function speeds(name: string, from: number, to: number, ramGib: number): readonly number[] {
  const model = catalogModel(name, 'Q8_0')!;
  const request = planRequestSchema.parse({ context: 4096, margin_mib: 256 });
  return Array.from({ length: Math.floor((to - from) / 50) }, (_, step) => {
    const gpus = [{ vram_total_mib: to, vram_free_mib: from + 50 * step }];
    const plan = planOnce(model, profileWith({ ramGib, gpus }), request, noCompanions, null);
    expect(plan.verdict).toBe('ship');
    return plan.decode.forecast_tok_s!;
  });
}

describe('a card with more memory', () => {
  it.each([
    ['qwen3-30b-a3b', 31_000, 34_000, 18.4],
    ['llama-3.1-8b', 7000, 10_500, 12],
    ['gpt-oss-20b', 19_000, 23_000, 16],
  ])('makes %s no slower where the weights fit and the buffers do not yet', (name, from, to, ramGib) => {
    const found = speeds(name, from, to, ramGib);
    for (const [step, speed] of found.entries())
      expect(speed, `${from + 50 * step} MiB`).toBeGreaterThan(0.97 * Math.max(...found.slice(0, step + 1)));
  });
});

describe('a split mode that was asked for', () => {
  const model = catalogModel('qwen3-8b', 'Q8_0')!;
  const planned = (split_mode: 'none' | 'layer', frees: readonly number[]) => {
    const gpus = frees.map((free) => ({ vram_total_mib: 24_564, vram_free_mib: free }));
    const request = planRequestSchema.parse({ split_mode });
    return planOnce(model, profileWith({ ramGib: 12, gpus }), request, noCompanions, null);
  };

  it('of one card takes the one that serves best', () => {
    const plan = planned('none', [3000, 24_000]);
    expect(plan).toMatchObject({ verdict: 'ship', placement: { gpu_layers: 37 } });
    expect(plan.memory.map(({ device }) => device)).toEqual(['gpu1', 'host']);
    expect(plan.commands[0]!.argv.join(' ')).toContain('-dev CUDA1 -sm none -mg 0');
  });

  it('of whole layers leaves the order of cards open, and idle ones out', () => {
    const plan = planned('layer', [1200, 24_000]);
    expect(plan.memory.map(({ device }) => device)).toEqual(['gpu1', 'host']);
    expect(plan.commands[0]!.argv.join(' ')).toContain('-sm layer');
  });
});
