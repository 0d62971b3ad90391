import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/core/model/schema';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/schema';
import { profileSchema, type Profile } from '../../src/core/profile/schema';
import { readModelFromFile } from '../../src/renderer/plan/read-model-from-file';
import { loadOf, sweepContext, type Sweep } from '../../src/renderer/plan/sweep-context';

const request = planRequestSchema.parse({});

describe('the load against context', () => {
  let model: Model;

  beforeAll(async () => {
    const name = 'llama-3.1-8b.gguf.head';
    const bytes = readFileSync(new URL(`../fixtures/headers/${name}`, import.meta.url));
    model = await readModelFromFile(new File([bytes], name));
  });

  it('has at every step what the plan says for that context', () => {
    const profile = machine(62);
    const { points } = sweep(model, profile, request);
    expect(points.length).toBeGreaterThan(5);
    for (const { context, totals, verdict } of points) {
      const plan = planModel(model, profile, { ...request, context });
      expect(verdict).toBe(plan.verdict);
      expect(totals).toEqual(
        Object.fromEntries(plan.memory.map(({ device, total_bytes: total }) => [device, total])),
      );
    }
  });

  it('is percent of the budget, and passes the line where the plan refuses', () => {
    const swept = sweep(model, machine(12), request);
    const loads = swept.points.map((point) => ({ load: loadOf(point, swept)['host']!, point }));
    expect(loads.some(({ load }) => load <= 100)).toBe(true);
    expect(loads.some(({ load }) => load > 100)).toBe(true);
    for (const { load, point } of loads) expect(point.verdict === 'refuse').toBe(load > 100);
  });

  it('names a device whose budget is not known instead of drawing it', () => {
    const swept = sweep(model, machine(null), request);
    expect(swept.unbounded).toEqual(['host']);
    expect(loadOf(swept.points[0]!, swept)).toEqual({});
  });
});

/** A sweep from start to end. */
function sweep(...asked: Parameters<typeof sweepContext>): Sweep {
  const steps = sweepContext(...asked);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** A machine without GPUs, with so much memory available, in GiB. */
function machine(available: number | null): Profile {
  return profileSchema.parse({
    schema_version: '1.0.0',
    created: '2026-11-21T09:00:00.000Z',
    generator: 'test',
    hardware: {
      platform: { os: 'linux' },
      cpu: { physical_cores: 8 },
      memory: { ram_total_gib: 64, ram_available_gib: available, cpu_mem_bw_gbps: 60 },
      gpus: [],
    },
  });
}
