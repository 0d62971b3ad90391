import { describe, expect, it } from 'vitest';
import { quantiseTensors } from '../../../../src/core/model/quantise/quantise-tensors';
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
