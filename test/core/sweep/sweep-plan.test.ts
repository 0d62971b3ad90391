import { describe, expect, it } from 'vitest';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/request-schema';
import { sweepCsv, sweepText } from '../../../src/core/report/sweep-text';
import { sweepSchema } from '../../../src/core/sweep/schema';
import { sweepAll } from '../../../src/core/sweep/sweep-plan';
import { profileWith } from '../plan/profiles';
import { modelNamed } from '../plan/truth-rows';
import { readJson } from '../../support/truth-models';

const dense = modelNamed('llama-3.1-8b');
const mixture = modelNamed('qwen3-30b-a3b');
const card = profileWith({ gpus: [{ vram_free_mib: 12_000 }] });
const request = planRequestSchema.parse({ context: 8192 });

describe('a plan at every value of one choice', () => {
  it('has for every context what the plan says for it', () => {
    const sweep = sweepAll({ model: dense, profile: card, request, kind: 'context' });
    expect(sweepSchema.parse(sweep)).toEqual(sweep);
    expect(sweep.points.length).toBeGreaterThan(10);
    expect(sweep.chosen).toBe(8192);
    for (const point of sweep.points) {
      const plan = planModel(dense, card, { ...request, context: Number(point.value) });
      expect(point.verdict).toBe(plan.verdict);
      expect(point.decode).toEqual(plan.decode);
      expect(point.memory.map(({ total_bytes: total }) => total)).toEqual(
        plan.memory.map(({ total_bytes: total }) => total),
      );
    }
  });

  it('shows the cliff where experts no longer fit: the GPU over its budget, and refuse', () => {
    const sweep = sweepAll({ model: mixture, profile: card, request, kind: 'ncmoe' });
    expect(sweep.points.map(({ value }) => value)).toEqual(Array.from({ length: 49 }, (_, count) => count));
    const verdicts = sweep.points.map(({ verdict }) => verdict);
    const cliff = verdicts.indexOf('ship');
    expect(cliff).toBeGreaterThan(0);
    expect(new Set(verdicts.slice(0, cliff))).toEqual(new Set(['refuse']));
    const loads = sweep.points.map(({ memory }) => memory[0]!.total_bytes!);
    for (const [at, load] of loads.slice(1).entries()) expect(load).toBeLessThan(loads[at]! + 2 ** 27);
    const speeds = sweep.points.slice(cliff).map(({ decode }) => decode.forecast_tok_s!);
    expect(speeds[0]).toBeGreaterThan(speeds.at(-1)!);
  });

  it('has no layers of experts to sweep in a dense model, and says so', () => {
    const sweep = sweepAll({ model: dense, profile: card, request, kind: 'ncmoe' });
    expect(sweep).toMatchObject({ points: [], note: expect.stringContaining('no experts') });
    expect(sweepText(sweep)).toContain('no experts');
  });

  it('goes through every number of layers, the output too', () => {
    const sweep = sweepAll({ model: dense, profile: card, request, kind: 'ngl' });
    expect(sweep.points.map(({ gpu_layers: layers }) => layers)).toEqual(
      Array.from({ length: 34 }, (_, count) => count),
    );
    expect(sweep.chosen).toBe(33);
  });

  it('weighs every quantisation as llama-quantize would make it', () => {
    const { points, chosen } = sweepAll({ model: dense, profile: card, request, kind: 'quant' });
    expect(chosen).toBe(dense.quant);
    const known = (
      readJson('truth/quant-sizes.json') as { model: string; quant: string; size_mib: number }[]
    ).filter(({ model }) => model === 'llama-3.1-8b');
    let compared = 0;
    for (const { quant, size_mib: mib } of known) {
      const point = points.find(({ value }) => value === quant);
      if (point === undefined || quant === dense.quant) continue;
      expect(Math.abs(point.file_bytes! / 2 ** 20 - mib), quant).toBeLessThan(1);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('has no more points than a chart can show, however many layers there are', () => {
    const deep = { ...dense, block_count: 300 };
    const sweep = sweepAll({ model: deep, profile: profileWith(), request, kind: 'ngl' });
    expect(sweep.points.length).toBeLessThan(140);
    expect(sweep.points.at(-1)!.value).toBe(301);
  });

  it('is a table for people and comma-separated for a spreadsheet, unknowns empty', () => {
    const blind = profileWith({ gpus: [{ vram_bw_gbps: null, vram_free_mib: 12_000 }] });
    const sweep = sweepAll({ model: mixture, profile: blind, request, kind: 'ncmoe' });
    const text = sweepText(sweep);
    expect(text).toContain('-ncmoe');
    expect(text).toMatch(/GiB!/);
    expect(text).toMatch(/^ *> \d+/m);
    const [head, ...rows] = sweepCsv(sweep).trimEnd().split('\r\n');
    expect(head!.split(',').slice(0, 2)).toEqual(['ncmoe', 'verdict']);
    expect(rows).toHaveLength(sweep.points.length);
    for (const row of rows) expect(row.split(',')).toHaveLength(head!.split(',').length);
    expect(rows[0]!.split(',').slice(-5)).toEqual(['', '', '', '', '']);
  });
});
