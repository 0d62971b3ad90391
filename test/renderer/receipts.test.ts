import { describe, expect, it } from 'vitest';
import { headOf } from '../../src/core/receipt/receipt-head';
import { choicesOf, everything, filterReceipts, modelOf } from '../../src/renderer/receipts/filter-receipts';
import { bandOf, domainOf, pointsOf, segmentOf, ticksOf } from '../../src/renderer/receipts/plot-scale';
import { splitLines } from '../../src/renderer/receipts/split-lines';
import { receiptOf } from '../support/receipts';

const heads = [20, 52].map((decode) => headOf(receiptOf(`r${decode}`, decode)));
const disturbed = headOf(receiptOf('busy', 30, { otherGpuProcesses: ['blender'] }));

describe('the plot of receipts', () => {
  it('has one scale for both axes, in steps of 1, 2 and 5, a decade wide at least', () => {
    expect(domainOf(pointsOf(heads))).toEqual([10, 200]);
    expect(ticksOf([10, 200])).toEqual([10, 20, 50, 100, 200]);
    expect(domainOf([{ id: 'a', predicted: 0.03, measured: 900 }])).toEqual([0.02, 1000]);
    expect(domainOf([])).toEqual([1, 100]);
  });

  it('draws lines as far as they lie inside', () => {
    expect(segmentOf(1, [10, 200])).toEqual([
      { x: 10, y: 10 },
      { x: 200, y: 200 },
    ]);
    expect(segmentOf(2, [10, 200])).toEqual([
      { x: 10, y: 20 },
      { x: 100, y: 200 },
    ]);
    expect(segmentOf(100, [10, 200])).toBeNull();
  });

  it('takes the widest band, and leaves out what has only one side', () => {
    expect(bandOf(heads)).toEqual({ low: 24 / 36, high: 51 / 36 });
    expect(bandOf([])).toBeNull();
    expect(pointsOf([{ ...heads[0]!, measured_decode_tok_s: null }])).toEqual([]);
  });
});

describe('the filters of receipts', () => {
  it('pass what agrees with all of them', () => {
    const all = [...heads, disturbed];
    expect(filterReceipts(all, everything)).toHaveLength(3);
    expect(filterReceipts(all, { ...everything, disturbed: false })).toEqual(heads);
    expect(filterReceipts(all, { ...everything, tool: 'llama-server' })).toEqual([]);
    expect(choicesOf(all, modelOf)).toEqual(['Qwen3 Q4_K_M']);
  });
});

describe('a file of many receipts', () => {
  it('goes in parts that are cut between lines and lose nothing', () => {
    const text = `${Array.from({ length: 50 }, (_, index) => `{"id":${index}}`).join('\n')}\n`;
    const parts = splitLines(text, 100);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.flatMap((part) => part.split('\n')).filter((line) => line !== '')).toHaveLength(50);
    expect(splitLines(text)).toEqual([text]);
  });
});
