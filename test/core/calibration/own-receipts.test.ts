import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scoreReceipts } from '../../../src/core/calibration/score';
import { receiptsInBundle } from '../../../src/core/receipt/receipt-bundle';

const { receipts, refused } = receiptsInBundle(
  readFileSync('test/fixtures/receipts/two-cores.jsonl', 'utf8'),
);
const score = scoreReceipts(receipts);
const MIB = 2 ** 20;

describe('receipts of a machine with two cores', () => {
  it('are read whole', () => {
    expect(refused).toEqual([]);
    expect(receipts.length).toBeGreaterThanOrEqual(20);
  });

  it('forecast each other: median error below 9 %, worst below 25 %, four in five or more inside the interval', () => {
    const {
      forecasts,
      median_abs_error_pct: median,
      worst_abs_error_pct: worst,
      coverage,
    } = score.all.by_receipt;
    expect(forecasts).toBeGreaterThan(40);
    expect(median).toBeLessThan(9);
    expect(worst).toBeLessThan(25);
    expect(coverage).toBeGreaterThanOrEqual(0.8);
    expect(coverage).toBeLessThanOrEqual(0.97);
  });

  it('forecast models that were never run: median error below 12 %, worst below 40 %', () => {
    const { median_abs_error_pct: median, worst_abs_error_pct: worst, coverage } = score.all.by_model;
    expect(median).toBeLessThan(12);
    expect(worst).toBeLessThan(40);
    expect(coverage).toBeGreaterThanOrEqual(0.8);
  });

  it('were never above their ceiling', () => {
    for (const { id, disturbed, realized_efficiency_pct: share } of receipts) {
      if (!disturbed) expect(share ?? 0, id).toBeLessThanOrEqual(100);
    }
  });

  it('have the memory that was planned: weights and context within 1 MiB, compute within 5 % or 16 MiB', () => {
    for (const { id, memory } of receipts) {
      for (const { component, measured_bytes: measured, predicted_bytes: predicted } of memory) {
        if (measured === null || predicted === null) continue;
        const allowed = component === 'compute' ? Math.max(16 * MIB, 0.05 * predicted) : MIB;
        expect(Math.abs(measured - predicted), `${id} ${component}`).toBeLessThanOrEqual(allowed);
      }
    }
  });
});
