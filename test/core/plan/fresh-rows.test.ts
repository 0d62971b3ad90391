import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/core/plan/memory';
import { MIB } from '../../../src/core/units';
import { freshRows, modelOfLabel } from './memory-rows';
import { settingsOfRow, type TruthRow } from './truth-rows';

interface Difference {
  readonly row: string;
  readonly part: 'model' | 'context' | 'compute';
  readonly ours: number;
  readonly theirs: number;
}

/** Whole MiB, as the table has them; the rows' figures are rounded down. */
function inMib(bytes: number | null): number {
  return Math.floor(bytes! / MIB);
}

function differencesOf(row: TruthRow): readonly Difference[] {
  const { rows, computeBasis } = partsOf(modelOfLabel(row.model), settingsOfRow(row, 'llama-fit-params'));
  expect(computeBasis, row.model).toBe('graph');
  return row.devices.flatMap((truth) => {
    const own = rows.find(({ device }) => device === truth.device)!;
    return (['model', 'context', 'compute'] as const)
      .map((part) => ({
        row: `${row.model} ${row.args}`,
        part,
        ours: inMib(own[part]),
        theirs: truth[`${part}_mib`],
      }))
      .filter(({ ours, theirs }) => ours !== theirs);
  });
}

describe('what llama-fit-params would allocate for models of every architecture, drawn anew', () => {
  const differences = freshRows.flatMap(differencesOf);

  it('is compared in 534 rows of 168 models', () => {
    expect(freshRows).toHaveLength(534);
    expect(new Set(freshRows.map(({ model }) => model)).size).toBe(168);
  });

  it('is the same to the MiB but for the alignment of what is taken, in one row', () => {
    expect(differences.map(({ row, part }) => `${part} of ${row}`)).toHaveLength(1);
    for (const { part, ours, theirs } of differences) {
      expect(part).toBe('compute');
      expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(2);
    }
  });
});
