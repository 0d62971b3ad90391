import { describe, expect, it } from 'vitest';
import { gpuNamed } from '../../src/core/catalog/gpus/gpus';
import { matrixRequestSchema } from '../../src/core/matrix/schema';
import type { MatrixOrder } from '../../src/renderer/matrix/matrix-controls';
import { type MatrixRow, orderRows } from '../../src/renderer/matrix/order-rows';
import { matrixOf, precisionOf, requirementOf } from '../../src/core/matrix/matrix';

const request = matrixRequestSchema.parse({ overhead_factor: 0 });
const cards = ['rtx-4060', 'rtx-3090', 'h100-sxm'].map((name) => gpuNamed(name)!);

function row(name: string, params: number | null): MatrixRow {
  const model = {
    name,
    title: name,
    params_billion: params,
    kv_cache_mb_per_token: 0,
    context_trained: 32768,
    inQuant: () => null,
  };
  return {
    requirement: requirementOf(model, precisionOf(request), request),
    cells: matrixOf([model], cards, request),
  };
}

describe('the order of the matrix’s rows', () => {
  const rows = [row('large', 30), row('unknown', null), row('small', 3), row('medium', 10)];

  it.each<[MatrixOrder, readonly string[]]>([
    ['catalog', ['large', 'unknown', 'small', 'medium']],
    ['name', ['large', 'medium', 'small', 'unknown']],
    ['required', ['small', 'medium', 'large', 'unknown']],
    ['cards', ['small', 'medium', 'large', 'unknown']],
  ])('by %s', (order, names) => {
    expect(orderRows(rows, order).map(({ requirement }) => requirement.model.name)).toEqual(names);
  });
});
