import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelNamed } from '../plan/truth-rows';
import { type FitCase, replay } from './fit-cases';

const rows = JSON.parse(
  readFileSync(new URL('../../fixtures/fit/llama-fit-params-v0.5.0.json', import.meta.url), 'utf8'),
) as FitCase[];

const byModel = new Map(rows.map(({ model }) => [model, rows.filter((row) => row.model === model)]));

describe("--fit's steps, replayed", () => {
  it.each([...byModel])('choose for %s what llama-fit-params chooses', (name, cases) => {
    for (const row of cases) {
      expect(replay(modelNamed(name), row), `${row.free_mib.join(' + ')} MiB ${row.args}`).toEqual({
        status: row.status,
        stdout: row.stdout,
      });
    }
  });

  it('were tried on one to four GPUs, on none, and where they fail', () => {
    expect(new Set(rows.map(({ free_mib }) => free_mib.length))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(rows.filter(({ status }) => status !== 0).length).toBeGreaterThanOrEqual(8);
    expect(rows.length).toBeGreaterThan(200);
  });
});
