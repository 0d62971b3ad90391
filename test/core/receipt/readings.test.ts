import { describe, expect, it } from 'vitest';
import { parseReceipt, formatReceipt } from '../../../src/core/receipt/parse-receipt';
import {
  gbpsBefore,
  gbpsMeanwhile,
  movedStarts,
  type BandwidthReading,
} from '../../../src/core/receipt/readings';
import { receiptOf } from '../../support/receipts';

function reading(start: number, when: BandwidthReading['when'], gbps: number): BandwidthReading {
  return { device: 'host', start, when, threads: 2, gbps: { n: 5, min: gbps, median: gbps, max: gbps } };
}

/** Two starts, of which the second saw memory change. */
const oneMoved = [
  reading(0, 'before', 34),
  reading(0, 'between', 33),
  reading(0, 'after', 35),
  reading(1, 'before', 34),
  reading(1, 'after', 58),
];

describe('bandwidth read beside a run', () => {
  it('is known beforehand from what was read before each start, and afterwards from everything', () => {
    const steady = [reading(0, 'before', 30), reading(0, 'after', 32), reading(1, 'before', 34)];
    expect(gbpsBefore(steady, 'host')).toBe(32);
    expect(gbpsMeanwhile(steady, 'host')).toBeCloseTo(32);
    expect(gbpsBefore(steady, 'gpu0')).toBeNull();
    expect(gbpsBefore([], 'host')).toBeNull();
  });

  it('leaves out a start during which memory changed, as long as another one stood still', () => {
    expect([...movedStarts(oneMoved).keys()]).toEqual([1]);
    const within = [reading(0, 'before', 34), reading(0, 'between', 58), reading(0, 'after', 34)];
    expect([...movedStarts(within).keys()]).toEqual([0]);
    expect(gbpsMeanwhile(oneMoved, 'host')).toBeCloseTo(34);
    expect(gbpsMeanwhile(oneMoved.slice(3), 'host')).toBeCloseTo(46);
  });

  it('disturbs a run only where every start of it moved', () => {
    const speeds = receiptOf('x', 40).speeds;
    const own = { starts: [{ start: 0, fault: null, speeds }], readings: oneMoved };
    expect(receiptOf('one', 40, own).disturbed).toBe(false);
    const moved = receiptOf('all', 40, { ...own, readings: oneMoved.slice(3) });
    expect(moved.disturbances).toEqual([{ code: 'bandwidth-moved', message: expect.stringMatching(/71 %/) }]);
  });

  it('is in the receipt’s file, and missing in those of version 1.0', () => {
    const receipt = receiptOf('kept', 40, { readings: oneMoved });
    expect(parseReceipt(formatReceipt(receipt)).readings).toEqual(oneMoved);
    const { readings: _, ...older } = { ...receipt, schema_version: '1.0.0' };
    expect(parseReceipt(JSON.stringify(older)).readings).toEqual([]);
  });
});
