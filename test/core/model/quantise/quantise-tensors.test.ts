import { describe, expect, it } from 'vitest';
import { NotQuantisable, quantiseTensors } from '../../../../src/core/model/quantise/quantise-tensors';
import type { Quant } from '../../../../src/core/model/quantise/quants';
import { MIB } from '../../../../src/core/units';
import { headerNames, headerOf, readJson } from '../../../support/truth-models';

interface SizeRow {
  readonly model: string;
  readonly quant: Quant;
  readonly size_mib: number;
  readonly bpw: number;
}

const rows = readJson('truth/quant-sizes.json') as readonly SizeRow[];
const headers = new Map(headerNames.map((name) => [name, headerOf(name)]));

/** The table has two decimals; half of the last one, and a hair for exact halves. */
const PRINTED = 0.0051;

function sizeOf(row: SizeRow): number {
  const { tensors, metadata } = headers.get(row.model)!;
  return quantiseTensors(tensors, row.quant, metadata).reduce((sum, tensor) => sum + tensor.bytes, 0) / MIB;
}

describe("tensor types by llama-quantize's rules", () => {
  it.each(headerNames)(
    'give %s the size that llama-quantize itself reports, in all 32 quantisations',
    (name) => {
      const own = rows.filter((row) => row.model === name);
      expect(own).toHaveLength(32);
      const wrong = own
        .map((row) => ({
          quant: row.quant,
          reported: row.size_mib,
          derived: sizeOf(row),
        }))
        .filter(({ reported, derived }) => Math.abs(derived - reported) > PRINTED);
      expect(wrong).toEqual([]);
    },
  );
});

describe('rows that no whole blocks of a type make', () => {
  const wide = { name: 'blk.0.ffn_down.weight', dimensions: [2880, 64] };
  const metadata = { 'general.architecture': 'llama', 'llama.block_count': 1 };

  it('take the type that stands in for it', () => {
    expect(quantiseTensors([wide], 'Q2_K', metadata)[0]!.type).toBe('q4_0');
  });

  it('are refused for Q1_0, at which llama-quantize ends with an error', () => {
    expect(() => quantiseTensors([wide], 'Q1_0', metadata)).toThrow(NotQuantisable);
    const fitting = { ...wide, dimensions: [2816, 64] };
    expect(quantiseTensors([fitting], 'Q1_0', metadata)[0]!.type).toBe('q1_0');
  });
});
