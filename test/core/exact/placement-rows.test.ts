import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../src/core/catalog/models';
import { planExact } from '../../../src/core/exact/plan-exact';
import { MIB } from '../../../src/core/units';
import { gpuWith, profileWith } from '../plan/profiles';
import type { TruthRow } from '../plan/truth-rows';

const rows = JSON.parse(
  readFileSync(new URL('../../fixtures/memory-rows/placement-v0.5.0.json', import.meta.url), 'utf8'),
) as readonly TruthRow[];
const profile = profileWith({ ramGib: 60, gpus: [0, 1, 2].map((index) => gpuWith({ index })) });

/** Judged from the line itself, on a machine with three equal cards, which is what the stand-ins were. */
function judged({ model, args }: TruthRow) {
  const [, name, quant] = model.split(' ');
  const argv = [...args.replaceAll('@', 'CUDA').split(' '), '--no-repack'];
  return planExact(catalogModel(name!, quant!)!, profile, argv, 'llama-fit-params').memory;
}

describe('which device of several holds what', () => {
  it('is told by 78 rows', () => {
    expect(rows).toHaveLength(78);
  });

  it.each(rows)('is as llama.cpp has it for $model with $args', (row) => {
    const memory = judged(row);
    expect(memory.map(({ device }) => device)).toEqual(row.devices.map(({ device }) => device));
    for (const [position, truth] of row.devices.entries()) {
      const mine = memory[position]!;
      expect(Math.abs(Math.floor(mine.model_bytes! / MIB) - truth.model_mib)).toBeLessThanOrEqual(1);
      expect(Math.abs(Math.floor(mine.context_bytes! / MIB) - truth.context_mib)).toBeLessThanOrEqual(1);
      const over = Math.floor(mine.compute_bytes! / MIB) - truth.compute_mib;
      expect(over).toBeGreaterThanOrEqual(-1);
      expect(over).toBeLessThanOrEqual(Math.max(16, truth.compute_mib * 0.05));
    }
  });
});
