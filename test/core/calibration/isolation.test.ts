import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/core/calibration/calibrate';
import { lookUp } from '../../../src/core/calibration/look-up';
import type { Calibration, Likeness, Observation } from '../../../src/core/calibration/schema';
import { receiptFromElsewhere } from '../../../src/core/receipt/check-receipt';
import type { Receipt } from '../../../src/core/receipt/schema';
import { calibrationOf, likeness, measured, slowed } from '../../support/observations';
import { receiptOf } from '../../support/receipts';

const NAMES = ['read host weights k', 'read host weights q8', 'read host cache float', 'block', 'token'];
const wanted: Likeness = { ...likeness, model: 'never measured' };

/** Everything that a forecast takes from what was learnt. */
function taught(calibration: Calibration): string {
  const learnt = lookUp(calibration, wanted, 'decode')!;
  const costs = NAMES.map((name) => learnt.cost(name));
  return JSON.stringify({ ...learnt, costs });
}

describe('what must never be crossed', () => {
  const own = measured(2, 0.04);
  const before = taught(calibrationOf(own));
  const strangers: readonly Partial<Likeness>[] = [
    { machine: 'elsewhere' },
    { runtime: 'embedded' },
    { runtime: 'llama.cpp-url' },
    { split_mode: 'row' },
    { split_mode: 'tensor' },
    { devices: ['gpu0', 'host'] },
    { devices: ['gpu0'] },
    { devices: [] },
  ];

  for (const stranger of strangers) {
    it(`says nothing here, not a digit: ${JSON.stringify(stranger)}`, () => {
      const foreign = measured(3, 0.04, 7, stranger).map((each) => slowed(each, 3));
      expect(taught(calibrationOf([...foreign, ...own, ...foreign]))).toBe(before);
    });
  }

  it('would be seen if it did: receipts of the same four do change it', () => {
    const like = measured(3, 0.04, 7, { build: 'build 2' }).map((each) => slowed(each, 1.2));
    expect(taught(calibrationOf([...own, ...like]))).not.toBe(before);
  });
});

/** The receipts of a machine, as somebody else might send them; `lie` is a factor on the speeds of each. */
function receiptsOf(observations: readonly Observation[], lie: (index: number) => number): Receipt[] {
  const ids = [...new Set(observations.map(({ receipt }) => receipt))];
  return ids.map((id, index) =>
    receiptFor(
      observations.filter(({ receipt }) => receipt === id),
      lie(index),
    ),
  );
}

function receiptFor(rows: readonly Observation[], lie: number): Receipt {
  const speeds = rows.map(({ phase, depth, seconds, amounts }) => {
    const median = lie / seconds;
    const tok_s = { n: 3, min: 0.99 * median, median, max: 1.01 * median };
    return { phase, depth, tokens: 64, tok_s, amounts };
  });
  const { receipt: id, likeness: own } = rows[0]!;
  const receipt = receiptOf(id, speeds[0]!.tok_s.median, { plan: null });
  return {
    ...receipt,
    model: { ...receipt.model, shape: own.model, ballast: true },
    conditions: { ...receipt.conditions, tool: 'llama-server', profile_id: 'here', threads: 4 },
    rates: [{ device: 'host', bytes_per_second: 40e9 }],
    speeds,
  };
}

describe('a thousand imported receipts of which a tenth lie', () => {
  const observations = measured(200, 0.05);
  const learntFrom = (lie: (index: number) => number) => {
    const receipts = receiptsOf(observations, lie).map(receiptFromElsewhere);
    const key = { ...wanted, build: null };
    return { receipts, learnt: lookUp(calibrate(receipts, 'here'), key, 'decode')! };
  };
  const honest = learntFrom(() => 1).learnt.cost('read host weights k')!;

  for (const [how, factor] of [
    ['slow', 0.3],
    ['a little fast', 1.5],
    ['fast beyond belief', 20],
  ] as const) {
    it(`teach within 2 % what they would without the lies, when those are ${how}`, () => {
      const { receipts, learnt } = learntFrom((index) => (index % 10 === 3 ? factor : 1));
      expect(receipts).toHaveLength(1000);
      expect(receipts.every(({ imported }) => imported)).toBe(true);
      const cost = learnt.cost('read host weights k')!;
      expect(Math.abs(cost.expected / honest.expected - 1)).toBeLessThan(0.02);
      expect(cost.slow / cost.fast).toBeLessThan(1.3 * (honest.slow / honest.fast));
    });
  }
});
