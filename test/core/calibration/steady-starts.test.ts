import { describe, expect, it } from 'vitest';
import { withForecastAtReading } from '../../../src/core/calibration/forecast-at-reading';
import { lookUp } from '../../../src/core/calibration/look-up';
import { observeReceipt } from '../../../src/core/calibration/observe-receipt';
import type { Calibration, Observation } from '../../../src/core/calibration/schema';
import { pacedStarts } from '../../../src/core/calibration/steady-starts';
import { formatReceipt, parseReceipt } from '../../../src/core/receipt/parse-receipt';
import type { BandwidthReading } from '../../../src/core/receipt/readings';
import type { Receipt, SpeedAtDepth } from '../../../src/core/receipt/schema';
import { receiptText } from '../../../src/core/report/receipt-text';
import { calibrationOf, likeness, measured, models } from '../../support/observations';
import { receiptOf } from '../../support/receipts';

const GB = 1e9;
const [, amounts] = models[2]!;
const BYTES = amounts['read host weights float']!;

function reading(start: number, when: BandwidthReading['when'], gbps: number): BandwidthReading {
  const all = { n: 5, min: 0.95 * gbps, median: gbps, max: 1.05 * gbps };
  return { device: 'host', start, when, threads: 4, gbps: all };
}

function speedOf(median: number): SpeedAtDepth {
  const tok_s = { n: 2, min: median, median, max: median };
  return { phase: 'decode', depth: 0, tokens: 64, tok_s, amounts: { ...amounts } };
}

/** One receipt of these starts: tokens a second, and what was read around each. */
function receiptFrom(
  starts: readonly (readonly [number, readonly number[]])[],
  own: Partial<Receipt> = {},
): Receipt {
  const [first] = starts;
  const receipt = receiptOf('one', first![0]);
  return {
    ...receipt,
    model: { ...receipt.model, shape: 'half float', ballast: true },
    conditions: {
      ...receipt.conditions,
      tool: 'llama-server',
      profile_id: 'here',
      threads: 4,
      build: 'build 1',
    },
    rates: [{ device: 'host', bytes_per_second: 40 * GB }],
    speeds: [speedOf(first![0])],
    starts: starts.map(([decode], start) => ({
      decode_tok_s: decode,
      prefill_tok_s: null,
      start,
      fault: null,
      speeds: [speedOf(decode)],
    })),
    readings: starts.flatMap(([, gbps], start) => [
      reading(start, 'before', gbps[0]!),
      reading(start, 'after', gbps[1]!),
    ]),
    ...own,
  };
}

function withCaches(receipt: Receipt, bytes: number | null): Receipt {
  return { ...receipt, conditions: { ...receipt.conditions, cpu_cache_bytes: bytes } };
}

function explainedIn(receipt: Receipt): readonly boolean[] {
  return pacedStarts(receipt, receipt.speeds[0]!).map(({ explained }) => explained);
}

function beforeVersion12(start: Receipt['starts'][number]): Receipt['starts'][number] {
  return { ...start, start: null, speeds: [] };
}

function atUsualPace(own: Observation): Observation {
  return { ...own, pace: { before: 34 * GB, meanwhile: 34 * GB } };
}

function learntFrom(receipt: Receipt) {
  const lesson = observeReceipt(receipt);
  return lesson.kind === 'learnt' ? lesson.observations[0]! : lesson.reason;
}

describe('starts of one receipt', () => {
  it('each go with what memory gave beside them', () => {
    const observed = learntFrom(
      receiptFrom([
        [22, [34, 34]],
        [33, [58, 60]],
        [23, [34, 36]],
      ]),
    );
    expect(observed).toMatchObject({ seconds: expect.closeTo(1 / 23, 9), pace: { before: 34 * GB } });
    expect((observed as { starts: unknown[] }).starts).toEqual([
      { seconds: 1 / 22, pace: { before: 34 * GB, meanwhile: 34 * GB } },
      { seconds: 1 / 33, pace: { before: 58 * GB, meanwhile: 59 * GB } },
      { seconds: 1 / 23, pace: { before: 34 * GB, meanwhile: 35 * GB } },
    ]);
  });

  it('do not count where memory moved around them, as long as another one stood still', () => {
    const observed = learntFrom(
      receiptFrom([
        [22, [34, 34]],
        [27, [34, 58]],
      ]),
    );
    expect(observed).toMatchObject({ seconds: 1 / 22, starts: [] });
    expect(learntFrom(receiptFrom([[27, [34, 58]]]))).toMatchObject({ seconds: 1 / 27 });
  });

  it('do not count where they read more than the fastest pass beside them gave', () => {
    const most = (34 * 1.05 * GB) / BYTES;
    for (const [factor, explained] of [
      [1, true],
      [1.1, false],
    ] as const) {
      const receipt = withCaches(receiptFrom([[most * factor, [34, 34]]]), 0);
      expect(explainedIn(receipt)).toEqual([explained]);
      if (!explained) expect(learntFrom(receipt)).toMatch(/read more than memory gave/);
    }
  });

  it('may read faster than memory gives what their processor’s caches hold', () => {
    const most = (34 * 1.05 * GB) / BYTES;
    const [faster, far] = [most * 1.1, most * 10].map((rate) => receiptFrom([[rate, [34, 34]]]));
    expect(explainedIn(withCaches(faster!, 0.01 * BYTES))).toEqual([false]);
    // of eleven parts one lies in a cache, ten are read at what memory gives
    expect(explainedIn(withCaches(faster!, 0.2 * BYTES))).toEqual([true]);
    expect(explainedIn(withCaches(far!, 0.2 * BYTES))).toEqual([false]);
    expect(explainedIn(withCaches(far!, BYTES))).toEqual([true]);
  });

  it('are not explained by caches of which nobody knows how much they hold, and the reason says so', () => {
    const fast = withCaches(receiptFrom([[(34 * 2 * GB) / BYTES, [34, 34]]]), null);
    expect(explainedIn(fast)).toEqual([false]);
    expect(learntFrom(fast)).toMatch(/read more than memory gave .* caches hold is not known/);
  });

  it('take no reading that cannot be for what memory gave, and are learnt from all the same', () => {
    for (const gbps of [0, -5]) {
      const observed = learntFrom(receiptFrom([[22, [gbps, gbps]]]));
      expect(observed).toMatchObject({ seconds: 1 / 22, pace: null, starts: [] });
    }
    const honest = calibrationOf(measured(3, 0.02).map(atUsualPace));
    const tiny = { ...honest.observations[0]!, pace: { before: 1e-300, meanwhile: 1e-300 } };
    const lied = calibrationOf([tiny, ...honest.observations.slice(1)]);
    const [cost, other] = [honest, lied].map((each) =>
      lookUp(each, { ...likeness, model: 'never measured' }, 'decode')!.cost('read host weights k')!,
    );
    expect(other!.expected / cost!.expected).toBeCloseTo(1, 1);
  });

  it('of receipts before 1.2 are told by the readings of those that count', () => {
    const newer = receiptFrom([
      [27, [34, 58]],
      [22, [34, 35]],
      [23, [35, 35]],
    ]);
    const starts = newer.starts.slice(1).map(beforeVersion12);
    const older = { ...newer, starts, speeds: [speedOf(22.5)] };
    expect(pacedStarts(older, older.speeds[0]!).map(({ seconds }) => 1 / seconds)).toEqual([22, 23]);
    const unclear = { ...older, starts: starts.slice(1) };
    expect(pacedStarts(unclear, unclear.speeds[0]!)).toEqual([]);
  });
});

describe('the forecast at what memory gave right before', () => {
  const calibration: Calibration = calibrationOf(measured(3, 0.02).map(atUsualPace));
  const plain = receiptFrom([[26, [34, 34]]]);
  const receipt = withForecastAtReading(
    { ...plain, conditions: { ...plain.conditions, tool: likeness.tool, flash_attention: true } },
    calibration,
  );

  it('stands in the receipt beside the plan’s, and is kept and shown', () => {
    const { at_reading: at } = receipt;
    expect(at).toMatchObject({ gbps: 34, samples: 30 });
    expect(at!.error_pct).toBeCloseTo(100 * (26 / at!.forecast_tok_s - 1), 6);
    expect(at!.within_band).toBe(26 >= at!.low_tok_s && 26 <= at!.high_tok_s);
    expect(parseReceipt(formatReceipt(receipt)).at_reading).toEqual(at);
    expect(receiptText(receipt).replaceAll(/\s+/g, ' ')).toMatch(
      /at the 34\.0 GB\/s read right before: predicted \d/,
    );
  });

  it('is of those starts alone that count', () => {
    const speeds = [26, 33, 27] as const;
    const paces = [34, 58, 36] as const;
    const starts = speeds.map((speed, index) => [speed, [paces[index]!, paces[index]!]] as const);
    const many = receiptFrom(starts);
    const conditions = { ...many.conditions, tool: likeness.tool, flash_attention: true };
    const { at_reading: all } = withForecastAtReading({ ...many, conditions }, calibration);
    expect(all).toMatchObject({ gbps: 36 });
    const busy = many.starts.map((start, index) =>
      index === 1 ? { ...start, fault: 'busy' as const } : start,
    );
    const counted = { ...many, conditions, starts: busy };
    const { at_reading: at } = withForecastAtReading(counted, calibration);
    expect(at).toMatchObject({
      gbps: 35,
      error_pct: expect.closeTo(100 * (26.5 / at!.forecast_tok_s - 1), 0),
    });
    expect(at!.forecast_tok_s).toBeLessThan(all!.forecast_tok_s);
  });

  it('is not there where it was worked out from parts, which were learnt from', () => {
    const parts = { layers: [4, 8], of: 16, receipts: ['one', 'two'], whole: null };
    const { at_reading: _, ...rest } = receipt;
    const scaled: Receipt = { ...rest, at_reading: null, scaled: parts };
    expect(withForecastAtReading({ ...scaled, scaled: null }, calibration).at_reading).not.toBeNull();
    expect(withForecastAtReading(scaled, calibration)).toBe(scaled);
  });

  it('is not there where nothing was read or learnt, nor in receipts before 1.2', () => {
    expect(withForecastAtReading({ ...plain, readings: [] }, calibration).at_reading).toBeNull();
    expect(withForecastAtReading(plain, calibrationOf([])).at_reading).toBeNull();
    const { at_reading: _, ...older } = { ...receipt, schema_version: '1.1.0' };
    expect(parseReceipt(JSON.stringify(older)).at_reading).toBeNull();
  });
});
