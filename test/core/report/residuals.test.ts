import { describe, expect, it } from 'vitest';
import { headOf, type ReceiptHead } from '../../../src/core/receipt/receipt-head';
import { residualRows, scaleOf } from '../../../src/core/report/residuals';
import { receiptOf } from '../../support/receipts';

function changed(head: ReceiptHead, part: Partial<ReceiptHead>): ReceiptHead {
  return { ...head, ...part };
}

describe('residuals of receipts', () => {
  const head = headOf(receiptOf('a', 34));
  const heads = [-10, 5, 30].map((error, index) =>
    changed(head, {
      id: String(index),
      decode_error_pct: error,
      memory: [
        {
          device: 'gpu0',
          component: 'model' as const,
          measured_bytes: 1,
          predicted_bytes: 1,
          error_pct: 0.5,
        },
        {
          device: 'host',
          component: 'model' as const,
          measured_bytes: 1,
          predicted_bytes: null,
          error_pct: null,
        },
      ],
    }),
  );

  it('have a row for decode and for each component that any receipt knows, by size of error', () => {
    const [decode, weights, ...others] = residualRows(heads);
    expect(decode).toMatchObject({ name: 'Decode', median: 10, worst: 30 });
    expect(weights).toMatchObject({ name: 'Weights', median: 0.5, worst: 0.5 });
    expect(weights!.residuals).toHaveLength(3);
    expect(others).toEqual([]);
  });

  it('leave disturbed runs out', () => {
    expect(residualRows(heads.map((each) => changed(each, { disturbed: true })))).toEqual([]);
    expect(residualRows([{ ...heads[2]!, disturbed: true }, ...heads.slice(0, 2)])[0]).toMatchObject({
      median: 7.5,
      worst: 10,
    });
  });

  it('share a scale that is wide enough for the worst, and never finer than ten percent', () => {
    expect(scaleOf(residualRows(heads))).toBe(50);
    expect(scaleOf(residualRows(heads.map((each) => changed(each, { decode_error_pct: 0.1 }))))).toBe(10);
    expect(scaleOf(residualRows(heads.map((each) => changed(each, { decode_error_pct: 5000 }))))).toBe(5000);
  });
});
