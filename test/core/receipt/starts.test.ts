import { describe, expect, it } from 'vitest';
import { mergeEnvelopes, mergeSpeeds } from '../../../src/core/receipt/merge-starts';
import { scaleSpeeds } from '../../../src/core/receipt/scale-layers';
import { faultOf, type MeasuredStart } from '../../../src/core/receipt/judge-run';
import { formatReceipt, parseReceipt } from '../../../src/core/receipt/parse-receipt';
import type { BandwidthReading } from '../../../src/core/receipt/readings';
import type { Envelope, MeasuredSpeed, SpeedAtDepth } from '../../../src/core/receipt/schema';
import { receiptText } from '../../../src/core/report/receipt-text';
import { receiptOf } from '../../support/receipts';

function speed(median: number, amounts: SpeedAtDepth['amounts'] = null, depth = 0, width = 0): SpeedAtDepth {
  const tok_s = { n: 3, min: median * (1 - width), median, max: median * (1 + width) };
  return { phase: 'decode', depth, tokens: 64, tok_s, amounts };
}

/** 2 ms for a token itself, 1 ms for a layer. */
function tokenAt(layers: number): number {
  return 1000 / (2 + layers);
}

/** 2 ms for a token itself, 1 ms for each of so many bytes. */
function at(bytes: number): SpeedAtDepth {
  return speed(tokenAt(bytes), { 'read host weights k': bytes, token: 1 });
}

const quiet: Envelope = {
  samples: 3,
  seconds: 4,
  peak_rss_bytes: 10,
  peak_host_used_bytes: null,
  peak_host_share: 0.3,
  least_available_bytes: 50,
  gpus: [],
  other_cpu_share: 0.01,
};

function reading(gbps: number): BandwidthReading {
  const all = { n: 5, min: gbps, median: gbps, max: gbps };
  return { device: 'host', start: 0, when: 'between', threads: 2, gbps: all };
}

function startsOf(all: readonly (readonly MeasuredSpeed[])[]): MeasuredStart[] {
  return all.map((speeds, start) => ({
    start,
    fault: faultOf({ speeds, readings: [], envelope: null }),
    speeds,
  }));
}

function factsOfStarts(all: readonly (readonly MeasuredSpeed[])[]) {
  return { starts: startsOf(all), speeds: mergeSpeeds(all) };
}

describe('several starts', () => {
  it('become one figure: the median of their medians, the least and most of all', () => {
    const merged = mergeSpeeds([[speed(40, null, 0, 0.1)], [speed(44)], [speed(41)]]);
    expect(merged).toEqual([
      { phase: 'decode', depth: 0, tokens: 64, tok_s: { n: 9, min: 36, median: 41, max: 44 } },
    ]);
  });

  it('at different depths stay apart', () => {
    expect(mergeSpeeds([[speed(40), speed(30, null, 900)], [speed(42)]])).toHaveLength(2);
  });

  it('are told with how far they lie apart, and are no disturbance by that', () => {
    const all = [[speed(36)], [speed(42)], [speed(48)]];
    const receipt = receiptOf('many', 42, { starts: startsOf(all), speeds: mergeSpeeds(all) });
    expect(receipt.starts.map(({ decode_tok_s: decode }) => decode)).toEqual([36, 42, 48]);
    expect(parseReceipt(formatReceipt(receipt)).starts[1]).toMatchObject({
      start: 1,
      fault: null,
      decode_tok_s: 42,
    });
    expect(receipt.disturbed).toBe(false);
    expect(receiptText(receipt)).toMatch(/3 starts: 36\.0 to 48\.0 tok\/s, 29 % apart/);
  });

  it('are told as one where a single one of them counts', () => {
    const all = [[speed(40, null, 0, 0.3)], [speed(41)]];
    const text = receiptText(receiptOf('one', 41, factsOfStarts(all)));
    expect(text).toMatch(/1 of 2 starts counts/);
    expect(text).not.toMatch(/apart/);
  });

  it('do not count where they were unsteady in themselves, and are a disturbance where all of them were', () => {
    const [unsteady, steady] = [[speed(40, null, 0, 0.3)], [speed(41)]];
    expect(receiptOf('one', 40, factsOfStarts([unsteady, steady])).disturbed).toBe(false);
    expect(receiptOf('both', 40, factsOfStarts([unsteady, unsteady])).disturbed).toBe(true);
    expect(receiptText(receiptOf('one', 40, factsOfStarts([unsteady, steady, steady])))).toMatch(
      /2 starts: 41\.0 to 41\.0/,
    );
  });

  it('have a fault where memory moved, other programs ran or repetitions lay apart, and else none', () => {
    const speeds = [speed(40)];
    expect(faultOf({ speeds, readings: [], envelope: null })).toBeNull();
    expect(faultOf({ speeds: [speed(40, null, 0, 0.2)], readings: [], envelope: null })).toBe('unsteady');
    expect(faultOf({ speeds, readings: [], envelope: { ...quiet, other_cpu_share: 0.2 } })).toBe('busy');
    expect(faultOf({ speeds, readings: [reading(34), reading(58), reading(35)], envelope: quiet })).toBe(
      'moved',
    );
    expect(faultOf({ speeds, readings: [reading(34), reading(36)], envelope: quiet })).toBeNull();
  });

  it('have the worst of their envelopes', () => {
    const worse = { ...quiet, peak_rss_bytes: 30, peak_host_share: 0.6, least_available_bytes: 20 };
    const merged = mergeEnvelopes([quiet, null, { ...worse, peak_host_used_bytes: 7 }]);
    expect(merged).toEqual({ ...worse, samples: 6, seconds: 8, peak_host_used_bytes: 7 });
  });
});

describe('a whole worked out from parts', () => {
  it('follows the layers where they are alike', () => {
    const parts = [4, 8].map((layers) => ({ layers, speeds: [speed(tokenAt(layers))] }));
    const [whole] = scaleSpeeds([parts[0]!, parts[1]!], 16, [])!;
    expect(whole!.tok_s.median).toBeCloseTo(tokenAt(16), 9);
  });

  it('follows what a token reads where blocks differ', () => {
    const parts = [
      { layers: 4, speeds: [at(4)] },
      { layers: 8, speeds: [at(11)] },
    ] as const;
    const [whole] = scaleSpeeds([...parts], 16, [at(40)])!;
    expect(whole!.tok_s.median).toBeCloseTo(1000 / 42, 9);
  });

  it('takes each turn by itself, so that a machine that slows down meanwhile does not count', () => {
    const slower = [1, 0.9, 0.8, 0.7];
    const parts = [4, 8].map((layers) => ({
      layers,
      speeds: [speed(tokenAt(layers))],
      turns: slower.map((pace) => [speed(tokenAt(layers) * pace)]),
    }));
    const [whole] = scaleSpeeds([parts[0]!, parts[1]!], 16, [])!;
    expect(whole!.tok_s.n).toBe(4);
    expect(whole!.tok_s.max).toBeCloseTo(tokenAt(16), 9);
    expect(whole!.tok_s.median).toBeCloseTo(0.85 * tokenAt(16), 9);
    expect(whole!.tok_s.min).toBeCloseTo(0.7 * tokenAt(16), 9);
  });

  it('says how far it may be off by the parts’ own spread', () => {
    const parts = [4, 8].map((layers) => ({ layers, speeds: [speed(tokenAt(layers), null, 0, 0.02)] }));
    const [{ tok_s } = { tok_s: { min: 0, median: 0, max: 0 } }] = scaleSpeeds(
      [parts[0]!, parts[1]!],
      16,
      [],
    )!;
    expect(tok_s.min).toBeLessThan(0.97 * tok_s.median);
    expect(tok_s.max).toBeGreaterThan(1.03 * tok_s.median);
  });

  it('is nothing where the parts were not measured alike', () => {
    const parts = [
      { layers: 4, speeds: [speed(100)] },
      { layers: 8, speeds: [speed(80, null, 900)] },
    ] as const;
    expect(scaleSpeeds([...parts], 16, [])).toBeNull();
  });
});
