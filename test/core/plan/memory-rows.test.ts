import { describe, expect, it } from 'vitest';
import { type Parts, partsOf, type PartsRow } from '../../../src/core/plan/memory';
import { assembleModel } from '../../../src/core/model/assemble-model';
import { MIB } from '../../../src/core/units';
import { modelOfLabel, moreRows } from './memory-rows';
import { settingsOfRow, type TruthDevice, type TruthRow } from './truth-rows';

const answers = new Map<TruthRow, Parts>();

function partsOfRow(row: TruthRow): Parts {
  const known = answers.get(row);
  if (known !== undefined) return known;
  const parts = partsOf(modelOfLabel(row.model), settingsOfRow(row, 'llama-fit-params'));
  answers.set(row, parts);
  return parts;
}

/** Whole MiB, as the table has them; the rows' figures are rounded down. */
function inMib(bytes: number | null): number {
  return Math.floor(bytes! / MIB);
}

function partsOfDevice(rows: readonly PartsRow[], { device }: TruthDevice): PartsRow {
  return rows.find((each) => each.device === device)!;
}

/** How far compute may be off: 5 % or 16 MiB where the graph is drawn, 25 % or 64 MiB above where it is bounded. */
function isNear(ours: number, theirs: number, basis: 'graph' | 'bound' | null): boolean {
  const most = basis === 'graph' ? Math.max(16, theirs * 0.05) : Math.max(64, theirs * 0.25);
  return ours - theirs >= -16 && ours - theirs <= most;
}

describe('what llama-fit-params would allocate for models and arguments outside the tables', () => {
  it('is compared in 785 rows of more than 250 models', () => {
    expect(moreRows).toHaveLength(785);
    expect(new Set(moreRows.map(({ model }) => model)).size).toBeGreaterThan(250);
  });

  it.each(moreRows)('is known for $model with $args', (row) => {
    const { rows, computeBasis } = partsOfRow(row);
    for (const truth of row.devices) {
      const { model, context, compute } = partsOfDevice(rows, truth);
      expect(Math.abs(inMib(model) - truth.model_mib)).toBeLessThanOrEqual(1);
      expect(Math.abs(inMib(context) - truth.context_mib)).toBeLessThanOrEqual(1);
      const ours = inMib(compute);
      expect(isNear(ours, truth.compute_mib, computeBasis), `${ours} for ${truth.compute_mib}`).toBe(true);
    }
  });

  it('is exact to the MiB in all 785 rows', () => {
    const exact = moreRows.filter((row) => {
      const { rows } = partsOfRow(row);
      return row.devices.every((truth) => {
        const { model, context, compute } = partsOfDevice(rows, truth);
        const ours = [inMib(model), inMib(context), inMib(compute)];
        return ours.join() === [truth.model_mib, truth.context_mib, truth.compute_mib].join();
      });
    });
    expect(exact).toHaveLength(785);
  });

  it('is unknown for an architecture that nobody described, by its name', () => {
    const { layers, findings } = assembleModel({
      name: 'new',
      source: { kind: 'gguf', locator: 'new', bytes: 0, tensors: 'read' },
      fileBytes: null,
      quant: null,
      metadata: { 'general.architecture': 'not-yet-known', 'not-yet-known.block_count': 2 },
      tensors: [],
      findings: [],
    } as unknown as Parameters<typeof assembleModel>[0]);
    expect(layers).toBeNull();
    expect(findings.map(({ code }) => code)).toContain('unknown-architecture');
    expect(findings.find(({ code }) => code === 'unknown-architecture')!.message).toContain('not-yet-known');
  });
});
