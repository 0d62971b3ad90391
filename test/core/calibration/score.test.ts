import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/core/calibration/calibrate';
import { scoreReceipts } from '../../../src/core/calibration/score';
import type { Observation } from '../../../src/core/calibration/schema';
import type { Receipt } from '../../../src/core/receipt/schema';
import { furthestRows, scoreText } from '../../../src/core/report/score-text';
import { measured } from '../../support/observations';
import { receiptOf } from '../../support/receipts';

/** The receipts that observations are of. */
function receipts(starts: number, noise: number): Receipt[] {
  const observed = measured(starts, noise);
  const ids = [...new Set(observed.map(({ receipt }) => receipt))];
  return ids.map((id) =>
    measuredReceipt(
      id,
      observed.filter(({ receipt }) => receipt === id),
    ),
  );
}

function measuredReceipt(id: string, observations: readonly Observation[]): Receipt {
  const receipt = receiptOf(id, 1 / observations[0]!.seconds);
  const speeds = observations.map(({ phase, depth, seconds, amounts }) => {
    const speed = 1 / seconds;
    return { phase, depth, tokens: 64, tok_s: { n: 3, min: speed, median: speed, max: speed }, amounts };
  });
  const rates = Object.entries(observations[0]!.rates);
  return {
    ...receipt,
    model: { ...receipt.model, name: id.slice(0, -2), shape: id.slice(0, -2), ballast: true },
    conditions: { ...receipt.conditions, profile_id: 'here', threads: 4 },
    rates: rates.map(([device, bytes]) => ({ device, bytes_per_second: bytes })),
    speeds,
  };
}

/** The same with figures that say it was so many times as fast. */
function scaled(receipt: Receipt, factor: number): Receipt {
  const speeds = receipt.speeds.map((speed) => {
    const { n, min, median, max } = speed.tok_s;
    const tok_s = { n, min: min * factor, median: median * factor, max: max * factor };
    return { ...speed, tok_s };
  });
  return { ...receipt, speeds };
}

function inContext(receipt: Receipt, context: number): Receipt {
  return { ...receipt, conditions: { ...receipt.conditions, context } };
}

describe('the score of receipts', () => {
  const all = receipts(3, 0.06);

  it('forecasts each from the others, over all and by group', () => {
    const score = scoreReceipts(all);
    expect(score.receipts).toBe(15);
    expect(score.all.by_receipt.forecasts).toBe(30);
    expect(score.all.by_receipt.median_abs_error_pct).toBeLessThan(7);
    expect(score.all.by_receipt.worst_abs_error_pct).toBeLessThan(20);
    expect(score.all.by_receipt.coverage).toBeGreaterThan(0.8);
    expect(score.groups.map(({ group }) => group)).toEqual(
      expect.arrayContaining([
        'quant: Q4_K_M',
        'threads: 4',
        'tool: llama-bench',
        'devices: host',
        'weights: ballast',
      ]),
    );
  });

  it('is worse where every receipt of the model is left out, and says so', () => {
    const { all: line } = scoreReceipts(all);
    expect(line.by_model.forecasts).toBe(30);
    expect(line.by_model.worst_abs_error_pct).toBeGreaterThan(line.by_receipt.worst_abs_error_pct!);
  });

  it('leaves out disturbed receipts, and those that tell nothing of what was read, with the reason', () => {
    const [first, second, ...rest] = all;
    const mute = {
      ...second!,
      speeds: second!.speeds.map(({ phase, depth, tokens, tok_s }) => ({
        phase,
        depth,
        tokens,
        tok_s,
        amounts: null,
      })),
    };
    const disturbances = [{ code: 'busy-host', message: 'Others ran.' }];
    const score = scoreReceipts([{ ...first!, disturbed: true, disturbances }, mute, ...rest]);
    expect(score.left_out).toEqual([
      { receipt: first!.id, reason: 'Others ran.' },
      { receipt: second!.id, reason: expect.stringMatching(/does not say what was read/) },
    ]);
    expect(score.all.by_receipt.forecasts).toBe(26);
  });

  it('reads as a sentence and a table', () => {
    const text = scoreText(scoreReceipts(all));
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /30 measured speeds of 15 receipts, each forecast without its own: median error \d/,
    );
    expect(text).toMatch(/quant: Q4_K_M +30 +\d/);
  });

  it('names the decodes that lay furthest from what the others forecast', () => {
    const off = all.map((receipt, index) => (index === 4 ? scaled(receipt, 2) : receipt));
    const [first, ...rest] = furthestRows(scoreReceipts(off));
    expect(first![0]).toBe(off[4]!.id);
    expect(first!.slice(2)).toEqual([
      'llama-bench',
      '4',
      '0',
      expect.any(String),
      expect.stringMatching(/ to /),
      expect.stringMatching(/^\+\d+ %$/),
      'no',
    ]);
    expect(rest).toHaveLength(4);
    expect(furthestRows(scoreReceipts([]))).toEqual([]);
  });

  it('says how far the same run lies from itself at other times, beside its forecasts', () => {
    const same = all.map((receipt) => ({
      ...receipt,
      model: { ...receipt.model, header_sha256: receipt.model.name },
    }));
    // three receipts of each model, two depths; one of them twice as fast as it was
    const off = same.map((receipt, index) => (index === 4 ? scaled(receipt, 2) : receipt));
    const { again } = scoreReceipts(off);
    expect(again.speeds).toBe(30);
    expect(again.others.median_abs_error_pct).toBeLessThan(15);
    expect(again.others.worst_abs_error_pct).toBeGreaterThan(40);
    expect(scoreText(scoreReceipts(off)).replaceAll(/\s+/g, ' ')).toMatch(
      /30 of them were measured more than once under the same conditions: the others are off by [\d.]+ %/,
    );
    const apart = same.map((receipt, index) => inContext(receipt, 1024 * (index + 1)));
    expect(scoreReceipts(apart).again).toEqual({
      speeds: 0,
      others: { median_abs_error_pct: null, worst_abs_error_pct: null },
      forecasts: { median_abs_error_pct: null, worst_abs_error_pct: null },
    });
    expect(scoreText(scoreReceipts(apart))).not.toMatch(/more than once/);
  });

  it.each([60, 80, 120])('stays within a terminal of %i characters', (width) => {
    const score = scoreReceipts(all);
    const lines = scoreText(score, { width, room: width }).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    for (const title of ['Median, new model', 'Inside, as planned']) {
      expect(lines.some((line) => line.includes(title))).toBe(true);
    }
  });

  it('says what is missing where there is nothing to score', () => {
    expect(scoreText(scoreReceipts([]))).toMatch(/No receipts yet/);
    expect(scoreText(scoreReceipts(all.slice(0, 1))).replaceAll(/\s+/g, ' ')).toMatch(/two undisturbed/);
  });

  it('keeps machines apart', () => {
    const elsewhere = all.map(({ conditions, ...rest }): Receipt => ({
      ...rest,
      conditions: { ...conditions, profile_id: 'there' },
    }));
    expect(calibrate([...all, ...elsewhere], 'here').observations).toHaveLength(30);
    const mixed = scoreReceipts([...all, ...elsewhere.slice(0, 1)]);
    const alone = mixed.scored.filter(({ receipt }) => receipt === elsewhere[0]!.id);
    expect(alone.some(({ by_receipt: held }) => held === null)).toBe(true);
  });
});
