import { describe, expect, it } from 'vitest';
import { carryRouting } from '../../../src/core/receipt/carry-routing';
import { formatReceipt, parseReceipt } from '../../../src/core/receipt/parse-receipt';
import { analyseRouting } from '../../../src/core/routing/analyse-routing';
import { coverageCurve, summariseRouting } from '../../../src/core/routing/summarise-routing';
import { receiptText } from '../../../src/core/report/receipt-text';
import { receiptOf } from '../../support/receipts';

const routing = analyseRouting({
  layers: [
    { layer: 0, counts: [40, 10, 0, 0] },
    { layer: 1, counts: [20, 10, 10, 10] },
  ],
  chunks: 1,
  chunkTokens: 25,
});

describe('the coverage curve', () => {
  it('rises from nothing to everything, hottest experts first', () => {
    const curve = coverageCurve([1, 3, 0, 0]);
    expect(curve).toHaveLength(51);
    expect([curve[0], curve[13], curve[25], curve[50]]).toEqual([0, 0.75, 1, 1]);
    expect([...curve].sort((left, right) => left - right)).toEqual(curve);
  });

  it('is the even line where all are chosen alike, and nothing where none is', () => {
    expect(coverageCurve(Array.from({ length: 50 }, () => 2))[10]).toBeCloseTo(0.2);
    expect(coverageCurve([0, 0])).toEqual([]);
  });
});

describe('a receipt that carries a routing', () => {
  it('has it in the three known fields and whole, and is the same after writing and reading', () => {
    const receipt = carryRouting(receiptOf('one', 30), routing);
    expect(receipt).toMatchObject({
      routing_cache_helps: routing.routing_cache_helps,
      routing_hot_frac_for_coverage: routing.routing_hot_frac_for_coverage,
      routing_concentration: routing.routing_concentration,
    });
    expect(parseReceipt(formatReceipt(receipt)).routing).toEqual(summariseRouting(routing));
    expect(JSON.stringify(receipt.routing)).not.toContain('counts');
    expect(receiptText(receipt)).toMatch(/Routing\n +Concentration/);
  });
});
