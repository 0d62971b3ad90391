import { describe, expect, it } from 'vitest';
import { planExact } from '../../../src/core/exact/plan-exact';
import { splitWords } from '../../../src/core/exact/split-words';
import type { Tool } from '../../../src/core/plan/settings';
import { MIB } from '../../../src/core/units';
import { gpuWith, profileWith } from '../plan/profiles';
import { dryRunRows, modelNamed, serverRows, type TruthRow } from '../plan/truth-rows';

/** Judged from the line itself, on a machine with as many equal cards as the row has devices. */
function judged(row: TruthRow, tool: Tool) {
  const gpus = row.devices.slice(0, -1).map((_, index) => gpuWith({ index }));
  const line = `${row.args.replaceAll('\\', '\\\\')} --no-repack`;
  const split = splitWords(line);
  if (split.kind === 'unreadable') throw new Error(split.message);
  return planExact(modelNamed(row.model), profileWith({ gpus }), split.words, tool);
}

describe('the arguments of the rows of llama-fit-params', () => {
  it.each(dryRunRows)('come to the MiB of the table for $model with $args', (row) => {
    const { memory } = judged(row, 'llama-fit-params');
    expect(memory.map(({ device }) => device)).toEqual(row.devices.map(({ device }) => device));
    for (const [position, truth] of row.devices.entries()) {
      const mine = memory[position]!;
      expect(Math.abs(mine.model_bytes! / MIB - truth.model_mib)).toBeLessThan(1.01);
      expect(Math.abs(mine.context_bytes! / MIB - truth.context_mib)).toBeLessThan(1.01);
      const over = mine.compute_bytes! / MIB - truth.compute_mib;
      expect(over).toBeGreaterThan(-16);
      expect(over).toBeLessThan(Math.max(16, truth.compute_mib * 0.05));
    }
  });
});

describe('the arguments of the rows of llama-server', () => {
  it.each(serverRows)('come to its own buffers for $model with $args', (row) => {
    const { memory } = judged(row, 'llama-server');
    for (const [position, truth] of row.devices.entries()) {
      const mine = memory[position]!;
      expect(Math.abs(mine.model_bytes! / MIB - truth.model_mib)).toBeLessThan(0.02);
      expect(Math.abs(mine.context_bytes! / MIB - truth.context_mib)).toBeLessThan(0.02);
      expect(Math.abs(mine.compute_bytes! / MIB - truth.compute_mib)).toBeLessThan(0.05);
      if (truth.device === 'host')
        expect(Math.abs(mine.output_bytes! / MIB - truth.output_mib!)).toBeLessThan(0.01);
    }
  });
});
