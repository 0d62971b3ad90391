import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observeReceipt } from '../../../src/core/calibration/observe-receipt';
import { scoreReceipts } from '../../../src/core/calibration/score';
import type { Score } from '../../../src/core/calibration/score-schema';
import type { Observation } from '../../../src/core/calibration/schema';
import { readSeconds, waitSeconds } from '../../../src/core/plan/speed/costs';
import type { Range } from '../../../src/core/plan/speed/prior';
import type { Read } from '../../../src/core/plan/speed/schema';
import { receiptsInBundle } from '../../../src/core/receipt/receipt-bundle';
import type { Receipt } from '../../../src/core/receipt/schema';

const MIB = 2 ** 20;

function fixture(name: string) {
  return receiptsInBundle(readFileSync(`test/fixtures/receipts/${name}`, 'utf8'));
}

const older = fixture('two-cores.jsonl');
const read = fixture('two-cores-read.jsonl');
const steady = fixture('two-cores-steady.jsonl');
const starts = fixture('two-cores-starts.jsonl');
const rounds = fixture('two-cores-rounds.jsonl');
const receipts = [older, read, steady, starts, rounds].flatMap((set) => set.receipts);

/** Each set is scored once. */
const scores = new Map<readonly Receipt[], Score>();

function scoreOf(set: readonly Receipt[]): Score {
  const score = scores.get(set) ?? scoreReceipts(set);
  scores.set(set, score);
  return score;
}

/** Seconds of a token by the prior alone; the bandwidth was measured while the machine was busy. */
function priorSeconds({ amounts, rates, likeness }: Observation, end: keyof Range): number {
  const threadShare = (likeness.threads ?? 2) / 2;
  const rate = { device: 'host', bytesPerSecond: rates['host']!, field: '', rough: true, threadShare };
  const onHost: Read = { device: 'host', kind: 'weights', family: 'k', bytes: 1 };
  const terms = { depth: 0, reads: [onHost], round_trips: 0, hops: 0 };
  return Object.entries(amounts).reduce(
    (sum, [name, bytes]) => {
      const [verb, device, kind, family] = name.split(' ') as [string, string, Read['kind'], Read['family']];
      return verb === 'read' ? sum + readSeconds({ device, kind, family, bytes }, rate, null, end) : sum;
    },
    waitSeconds(terms, amounts['block'] ?? 0, null, end),
  );
}

describe('receipts of a machine with two cores', () => {
  it('are read whole, those of the first version too', () => {
    expect([older, read, steady, starts, rounds].flatMap(({ refused }) => refused)).toEqual([]);
    expect(older.receipts.every(({ schema_version: version }) => version === '1.0.0')).toBe(true);
    expect(older.receipts.length).toBeGreaterThanOrEqual(20);
    expect(read.receipts.length).toBeGreaterThanOrEqual(40);
    expect(read.receipts.every(({ readings }) => readings.length > 0)).toBe(true);
  });

  it('hold every tool, one and two threads, and contexts before', () => {
    const tools = ['llama-bench', 'llama-server', 'node-llama-cpp'];
    for (const set of [read, steady, starts, rounds].map((each) => each.receipts)) {
      const conditions = set.map(({ conditions: { tool, threads } }) => `${tool} ${threads}`);
      expect(new Set(conditions)).toEqual(new Set(tools.flatMap((tool) => [`${tool} 1`, `${tool} 2`])));
      expect(set.some(({ speeds }) => speeds.some(({ depth }) => depth >= 200))).toBe(true);
    }
  });

  for (const [name, own, median, worst] of [
    ['of before anything was read beside them', older.receipts, 8, 23],
    ['with what memory gave right before each', read.receipts, 8, 40],
    ['whose starts were made again where memory moved', steady.receipts, 7, 40],
    ['of three starts and more each', starts.receipts, 8, 30],
    ['in two rounds of one session', rounds.receipts, 7, 30],
    ['of all sets together', receipts, 7, 35],
  ] as const) {
    it(`forecast each other, ${name}`, () => {
      const { all, prefill } = scoreOf(own);
      expect(all.by_receipt.forecasts).toBeGreaterThan(40);
      expect(all.by_receipt.median_abs_error_pct).toBeLessThan(median);
      expect(all.by_receipt.worst_abs_error_pct).toBeLessThan(worst);
      for (const held of [all.by_receipt, all.meanwhile, all.as_planned]) {
        expect(held.median_abs_error_pct).toBeLessThan(median);
        expect(held.coverage).toBeGreaterThanOrEqual(0.9);
      }
      expect(all.by_model.median_abs_error_pct).toBeLessThan(10.5);
      expect(all.by_model.coverage).toBeGreaterThanOrEqual(0.9);
      expect(prefill.by_receipt.forecasts).toBeGreaterThan(30);
      expect(prefill.by_receipt.median_abs_error_pct).toBeLessThan(12);
      expect(prefill.by_receipt.coverage).toBeGreaterThanOrEqual(0.85);
    });
  }

  it('lie nearer to their forecasts than the same run at other times', () => {
    const { again } = scoreOf(rounds.receipts);
    expect(again.speeds).toBeGreaterThan(60);
    expect(again.forecasts.median_abs_error_pct).toBeLessThan(again.others.median_abs_error_pct!);
    expect(again.forecasts.worst_abs_error_pct).toBeLessThan(again.others.worst_abs_error_pct!);
  });

  it('lie inside the interval that nothing was learnt for, every one of them', () => {
    const decode = receipts.flatMap((receipt) => {
      const lesson = observeReceipt(receipt);
      return lesson.kind === 'learnt' ? lesson.observations.filter(({ phase }) => phase === 'decode') : [];
    });
    expect(decode.length).toBeGreaterThan(90);
    for (const each of decode) {
      const name = `${each.receipt} at ${each.depth}`;
      expect(each.seconds, name).toBeLessThanOrEqual(priorSeconds(each, 'slow'));
      expect(each.seconds, name).toBeGreaterThanOrEqual(priorSeconds(each, 'fast'));
    }
  });

  it('were never above their ceiling, or memory was read to give more than when the machine was measured', () => {
    const above = receipts.filter(
      ({ disturbed, realized_efficiency_pct: share }) => !disturbed && (share ?? 0) > 100,
    );
    expect(above.length).toBeLessThan(0.02 * receipts.length);
    for (const { id, realized_efficiency_pct: share, readings, rates, findings } of above) {
      const fastest = Math.max(...readings.map(({ gbps }) => gbps.median)) * 1e9;
      expect(share! / 100, id).toBeLessThanOrEqual(fastest / rates[0]!.bytes_per_second);
      expect(findings.map(({ code }) => code)).toContain('above-ceiling');
    }
  });

  it('tell the whole from parts measured in turns with it, within 10 %, or 20 % of one that was disturbed', () => {
    const disturbed = new Map(receipts.map((receipt) => [receipt.id, receipt.disturbed]));
    const beside = receipts.flatMap(({ id, scaled }) => {
      const whole = scaled?.whole ?? null;
      return whole === null ? [] : [{ id, whole, sides: [disturbed.get(id), disturbed.get(whole.receipt)] }];
    });
    expect(beside.some(({ sides }) => !sides.includes(true))).toBe(true);
    for (const { id, whole, sides } of beside) {
      expect(Math.abs(whole.error_pct!), id).toBeLessThanOrEqual(sides.includes(true) ? 20 : 10);
      expect(sides, `${id}: the whole’s receipt is there`).not.toContain(undefined);
      // repetitions this far apart show that something came between, whatever their median says
      const { min, median, max } = whole.decode_tok_s;
      if ((max - min) / median > 0.5) expect(sides[1], id).toBe(true);
    }
  });

  it('have the memory that was planned: weights and context within 1 MiB, compute within 5 % or 16 MiB', () => {
    for (const { id, memory, conditions } of receipts) {
      // a plan for llama-server says nothing of the embedded runtime's compute: such a receipt was not judged by a plan for it
      const planned = memory.some((row) => row.component === 'compute' && row.predicted_bytes !== null);
      if (conditions.tool === 'node-llama-cpp' && !planned) continue;
      for (const { component, measured_bytes: measured, predicted_bytes: predicted } of memory) {
        if (measured === null || predicted === null) continue;
        const allowed = component === 'compute' ? Math.max(16 * MIB, 0.05 * predicted) : MIB;
        expect(Math.abs(measured - predicted), `${id} ${component}`).toBeLessThanOrEqual(allowed);
      }
    }
  });
});
