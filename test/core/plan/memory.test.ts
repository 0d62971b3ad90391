import { describe, expect, it } from 'vitest';
import { computeBytes, drawnWhole } from '../../../src/core/plan/compute/compute-bytes';
import { partsOf } from '../../../src/core/plan/memory';
import { MIB } from '../../../src/core/units';
import { dryRunRows, modelNamed, modelNames, serverRows, settingsOfRow, type TruthRow } from './truth-rows';

/** MiB of the parts of one of a row's devices. */
function partsInMib(row: TruthRow, tool: 'llama-server' | 'llama-fit-params', device: string) {
  const parts = partsOf(modelNamed(row.model), settingsOfRow(row, tool));
  expect(parts.computeBasis).toBe('graph');
  const { model, context, compute, output } = parts.rows.find((each) => each.device === device)!;
  return { model: model! / MIB, context: context! / MIB, compute: compute! / MIB, output: output! / MIB };
}

describe('what llama-fit-params would allocate', () => {
  it('covers every model of the table', () => {
    expect(new Set(dryRunRows.map((row) => row.model))).toEqual(new Set(modelNames));
    expect(dryRunRows.length).toBe(259);
  });

  it.each(dryRunRows)('is known to the MiB for $model with $args', (row) => {
    for (const truth of row.devices) {
      const { model, context, compute } = partsInMib(row, 'llama-fit-params', truth.device);
      // the table's figures are rounded down
      expect([Math.floor(model), Math.floor(context), Math.floor(compute)]).toEqual([
        truth.model_mib,
        truth.context_mib,
        truth.compute_mib,
      ]);
    }
  });
});

describe('what llama-server allocates', () => {
  it.each(serverRows)('is known to a hundredth of a MiB for $model with $args', (row) => {
    for (const truth of row.devices) {
      const { model, context, compute, output } = partsInMib(row, 'llama-server', truth.device);
      expect(Math.abs(model - truth.model_mib)).toBeLessThan(0.02);
      expect(Math.abs(context - truth.context_mib)).toBeLessThan(0.02);
      // 128 bytes of alignment where the host's buffer has 32
      expect(Math.abs(compute - truth.compute_mib)).toBeLessThan(0.05);
      if (truth.device === 'host') expect(Math.abs(output - truth.output_mib!)).toBeLessThan(0.01);
    }
  });
});

describe('compute buffers by the fast way', () => {
  it('are the same bytes as with every block drawn, on every row', () => {
    for (const [rows, tool] of [
      [dryRunRows, 'llama-fit-params'],
      [serverRows, 'llama-server'],
    ] as const) {
      for (const row of rows) {
        const settings = settingsOfRow(row, tool);
        expect(computeBytes(modelNamed(row.model), settings)!.bytes).toEqual(
          drawnWhole(modelNamed(row.model), settings),
        );
      }
    }
  });
});

describe('a model whose graph is not known', () => {
  it('gets an upper bound, never less than the graph of a model that differs in one odd tensor', () => {
    const model = modelNamed('llama-3.1-8b');
    const odd = {
      name: 'blk.3.odd.weight',
      type: 'f32',
      dimensions: [8],
      bytes: 32,
      layer: 3,
      role: 'other' as const,
    };
    const strange = { ...model, tensors: [...model.tensors, odd] };
    for (const row of dryRunRows.filter((candidate) => candidate.model === 'llama-3.1-8b')) {
      const settings = settingsOfRow(row, 'llama-fit-params');
      const known = computeBytes(model, settings)!;
      const bound = computeBytes(strange, settings)!;
      expect(bound.basis).toBe('bound');
      for (const [home, bytes] of known.bytes.entries()) {
        expect(bound.bytes[home]).toBeGreaterThanOrEqual(bytes);
      }
    }
  });

  it('has no figure at all where its layers or its width are not known', () => {
    const model = modelNamed('llama-3.1-8b');
    const settings = settingsOfRow(dryRunRows[0]!, 'llama-fit-params');
    expect(computeBytes({ ...model, layers: null }, settings)).toBeNull();
    expect(computeBytes({ ...model, embedding_length: null }, settings)).toBeNull();
    expect(partsOf({ ...model, layers: null }, settings).host.context).toBeNull();
  });
});
