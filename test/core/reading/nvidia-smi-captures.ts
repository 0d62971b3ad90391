import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing, type Figure } from '../../../src/core/figure';
import { gpusOfRows } from '../../../src/core/reading/nvidia-smi-gpus';
import { WANTED_FIELDS, type SmiField } from '../../../src/core/reading/nvidia-smi-query';
import { parseRows } from '../../../src/core/reading/nvidia-smi-rows';

export const fixtures = join(__dirname, '../../fixtures/nvidia-smi');

export const read = (...path: readonly string[]) => readFileSync(join(fixtures, ...path), 'utf8');

export const captures = readdirSync(join(fixtures, 'csv')).filter((name) => name.endsWith('.csv'));

/** Fields and cells of a captured row, without units, as a query for just these fields would print them. */
export function asQueried(capture: string, wanted: readonly string[] = WANTED_FIELDS) {
  const [header, row] = read('csv', capture)
    .split(/\r?\n/)
    .map((line) => line.split(', '));
  const cells = new Map(
    header!.map((head, at) => {
      const [, field, unit] = /^(\S+)(?: \[(.*)\])?$/.exec(head)!;
      const cell = row![at]!;
      return [field!, unit && cell.endsWith(` ${unit}`) ? cell.slice(0, -unit.length - 1) : cell] as const;
    }),
  );
  const fields = wanted.filter((field) => cells.has(field)) as SmiField[];
  return { fields, line: fields.map((field) => cells.get(field)!).join(', ') };
}

export const context = {
  at: '2026-11-21T09:00:00.000Z',
  cudaVersion: missing('not-measured: not asked') as Figure<string>,
  slicesOf: () => [],
};

export const gpusOf = (text: string, fields: readonly SmiField[]) =>
  gpusOfRows(parseRows(text, fields).rows, context);
