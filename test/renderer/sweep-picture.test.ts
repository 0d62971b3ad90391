import { describe, expect, it } from 'vitest';
import { planRequestSchema } from '../../src/core/plan/request-schema';
import { sweepAll } from '../../src/core/sweep/sweep-plan';
import {
  devicesOf,
  hasSpeeds,
  loadOf,
  loadRows,
  markAt,
  speedRows,
} from '../../src/renderer/plan/sweep-picture';
import { profileWith } from '../core/plan/profiles';
import { modelNamed } from '../core/plan/truth-rows';

const model = modelNamed('qwen3-30b-a3b');
const request = planRequestSchema.parse({ context: 8192 });
const card = profileWith({ gpus: [{ vram_free_mib: 12_000 }] });
const sweep = sweepAll({ model, profile: card, request, kind: 'ncmoe' });

describe('the picture of a sweep', () => {
  it('is percent of each budget, and passes the line where the plan refuses', () => {
    expect(devicesOf(sweep)).toEqual(['gpu0', 'host']);
    for (const point of sweep.points) {
      expect(point.verdict === 'refuse').toBe(loadOf(point, 'gpu0')! > 100);
    }
    expect(loadRows(sweep)).toHaveLength(sweep.points.length);
  });

  it('has a speed only where the model would run', () => {
    const rows = speedRows(sweep);
    for (const [at, point] of sweep.points.entries()) {
      expect(rows[at]!.forecast === null).toBe(point.verdict === 'refuse');
      const [low = 0, high = 1] = rows[at]!.interval ?? [];
      expect(low).toBeLessThan(high);
    }
    expect(hasSpeeds(sweep)).toBe(true);
  });

  it('draws nothing of a device whose budget is not known, and no speed where no bandwidth is', () => {
    const blind = profileWith({ ramGib: null, ramGbps: null });
    const unknown = sweepAll({ model, profile: blind, request, kind: 'context' });
    expect(loadOf(unknown.points[0]!, 'host')).toBeNull();
    expect(hasSpeeds(unknown)).toBe(false);
  });

  it('marks the value at hand, or the nearest number', () => {
    const contexts = sweepAll({ model, profile: card, request, kind: 'context' });
    expect(markAt(contexts, 8192)).toBe('8K');
    expect(markAt(contexts, 8000)).toBe('8K');
    expect(markAt(sweep, 7)).toBe('7');
    expect(markAt(contexts, null)).toBeNull();
    expect(markAt({ ...sweep, kind: 'quant' }, 'NO_SUCH')).toBeNull();
  });
});
