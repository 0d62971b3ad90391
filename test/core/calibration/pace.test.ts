import { describe, expect, it } from 'vitest';
import { lookUp } from '../../../src/core/calibration/look-up';
import type { Observation } from '../../../src/core/calibration/schema';
import {
  calibrationOf,
  likeness,
  models,
  observation,
  randomNumbers,
  TRUE_COSTS,
} from '../../support/observations';

/** How far reads of each family really follow what memory gives. */
const TRUE_SHARES: Readonly<Record<string, number>> = {
  'read host weights float': 0.75,
  'read host weights q8': 0.6,
  'read host weights k': 0.25,
  'read host cache float': 0,
};
const USUAL = 34e9;

function secondsAt(amounts: Readonly<Record<string, number>>, pace: number): number {
  return Object.entries(amounts).reduce(
    (sum, [name, amount]) => sum + amount * TRUE_COSTS[name]! * (USUAL / pace) ** (TRUE_SHARES[name] ?? 0),
    0,
  );
}

/** Starts on a machine whose memory gives 34 or 58 GB/s, off by up to `noise`. */
function onUnsteadyMemory(starts: number, noise: number, seed = 1, known = true): Observation[] {
  const random = randomNumbers(seed);
  return models.flatMap(([model, amounts]) =>
    Array.from({ length: starts }, (_, start): Observation => {
      const pace = start % 3 === 2 ? 58e9 : USUAL;
      const seconds = secondsAt(amounts, pace) * Math.exp(noise * (2 * random() - 1));
      const own = observation(`${model.replaceAll(' ', '-')}-${start}`, amounts, { model });
      return { ...own, seconds, pace: known ? { before: pace, meanwhile: pace } : null };
    }),
  );
}

const [, floats] = models[2]!;
const other = { ...likeness, model: 'never measured' };

function forecast(
  rows: readonly Observation[],
  amounts: Readonly<Record<string, number>>,
  pace: number | null,
) {
  const known = pace === null ? null : { pace, knowing: 'before' as const };
  const learnt = lookUp(calibrationOf(rows), other, 'decode', known)!;
  let [slow, expected, fast] = [0, 0, 0];
  for (const [name, amount] of Object.entries(amounts)) {
    const cost = learnt.cost(name) ?? { slow: 0, expected: 0, fast: 0 };
    slow += amount * cost.slow;
    expected += amount * cost.expected;
    fast += amount * cost.fast;
  }
  return { expected, width: slow / fast };
}

function mostRead(own: readonly Observation[]): number | null {
  return lookUp(calibrationOf(own), other, 'decode')!.most_read;
}

describe('a machine whose memory moves', () => {
  it('is known to give what was read beside several receipts, and not what one says', () => {
    const rows = onUnsteadyMemory(9, 0.02);
    expect(mostRead(rows)).toBe(58e9);
    const lie = { ...rows[0]!, pace: { before: 500e9, meanwhile: 500e9 } };
    expect(mostRead([lie, ...rows.slice(1)])).toBe(58e9);
    expect(mostRead(onUnsteadyMemory(9, 0.02, 1, false))).toBeNull();
  });

  it('is forecast at what memory gives right now, each family of types as far as it follows', () => {
    const rows = onUnsteadyMemory(9, 0.02);
    for (const pace of [USUAL, 58e9]) {
      const { expected } = forecast(rows, floats, pace);
      expect(Math.abs(expected / secondsAt(floats, pace) - 1)).toBeLessThan(0.06);
    }
    const [slow, fast] = [USUAL, 58e9].map((pace) => forecast(rows, floats, pace).expected);
    expect(slow! / fast!).toBeGreaterThan(1.3);
  });

  it('has a narrower interval where what memory gives is known', () => {
    const rows = onUnsteadyMemory(9, 0.02);
    expect(forecast(rows, floats, USUAL).width).toBeLessThan(0.85 * forecast(rows, floats, null).width);
  });

  it('is forecast as it usually is where nothing was read right now', () => {
    const rows = onUnsteadyMemory(9, 0.02);
    const { expected } = forecast(rows, floats, null);
    expect(Math.abs(expected / secondsAt(floats, USUAL) - 1)).toBeLessThan(0.08);
  });

  it('says nothing of its moves where no receipt has a reading', () => {
    const rows = onUnsteadyMemory(9, 0.02, 1, false);
    expect(forecast(rows, floats, 58e9).expected).toBe(forecast(rows, floats, null).expected);
  });
});
