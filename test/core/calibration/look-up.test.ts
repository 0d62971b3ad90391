import { describe, expect, it } from 'vitest';
import { lookUp } from '../../../src/core/calibration/look-up';
import type { Likeness, Learnt } from '../../../src/core/calibration/schema';
import { priorRange } from '../../../src/core/calibration/cost-priors';
import {
  calibrationOf,
  likeness,
  measured,
  models,
  observation,
  randomNumbers,
  slowed,
  TRUE_COSTS,
  trueSeconds,
} from '../../support/observations';

const rates = { host: 40e9, gpu0: 900e9 };

/** A forecast as a plan makes it: what was learnt, else the prior. */
function seconds(learnt: Learnt | null, amounts: Readonly<Record<string, number>>) {
  let [slow, expected, fast] = [0, 0, 0];
  for (const [name, amount] of Object.entries(amounts)) {
    const cost = learnt?.cost(name) ?? priorRange(name, rates)!;
    slow += amount * cost.slow;
    expected += amount * cost.expected;
    fast += amount * cost.fast;
  }
  return { slow, expected, fast };
}

const other: Likeness = { ...likeness, model: 'never measured' };
const wanted = { 'read host weights k': 2.4e9, 'read host cache float': 4e6, block: 32, token: 1 };

function errorOf(learnt: Learnt | null): number {
  return Math.abs(Math.log(seconds(learnt, wanted).expected / trueSeconds(wanted)));
}

function width(learnt: Learnt | null): number {
  const range = seconds(learnt, wanted);
  return range.slow / range.fast;
}

describe('learning', () => {
  it('finds what a machine costs from receipts of other models', () => {
    const learnt = lookUp(calibrationOf(measured(2, 0)), other, 'decode');
    expect(errorOf(learnt)).toBeLessThan(0.01);
    expect(learnt?.cost('read host weights k')?.expected).toBeCloseTo(TRUE_COSTS['read host weights k']!, 11);
  });

  it('forecasts a model that nobody ran within a tenth though starts differ by a tenth', () => {
    const learnt = lookUp(calibrationOf(measured(2, 0.1)), other, 'decode');
    expect(errorOf(learnt)).toBeLessThan(0.1);
  });

  it('narrows the interval as receipts come', () => {
    const rows = measured(4, 0.03);
    const few = width(lookUp(calibrationOf(rows.slice(0, 4)), other, 'decode'));
    const many = width(lookUp(calibrationOf(rows), other, 'decode'));
    expect(many).toBeLessThan(few);
    expect(many).toBeLessThan(1.3);
  });

  it('leaves what no receipt holds to the prior, and guesses another family’s weights within a wide range', () => {
    const learnt = lookUp(calibrationOf(measured(2, 0.02)), other, 'decode');
    expect(learnt?.cost('round-trip')).toBeNull();
    expect(learnt?.cost('read gpu0 weights k')).toBeNull();
    const guess = learnt?.cost('read host weights iq');
    expect(guess!.slow / guess!.fast).toBeGreaterThan(2);
    const own = learnt?.cost('read host weights k');
    expect(own!.slow / own!.fast).toBeLessThan(1.5);
  });

  it('learns nothing of the cache from receipts of empty contexts alone', () => {
    const shallow = measured(2, 0.02).filter(({ depth }) => depth === 0);
    const learnt = lookUp(calibrationOf(shallow), other, 'decode');
    const prior = priorRange('read host cache float', rates)!;
    const cache = learnt!.cost('read host cache float')!;
    expect(cache.slow).toBeGreaterThanOrEqual(prior.slow);
    expect(cache.fast).toBeLessThanOrEqual(prior.fast);
    expect(learnt?.cost('read host weights k')).not.toBeNull();
  });

  it('learns what a wait costs from a mixture with experts on the host', () => {
    const own: Partial<Likeness> = { devices: ['gpu0', 'host'] };
    const rows = [4, 12, 24, 40].flatMap((moved) => {
      const amounts = {
        'read gpu0 weights k': 1.2e9 - moved * 2e7,
        'read host weights k': moved * 2e7,
        'round-trip': moved,
        block: 48,
        token: 1,
      };
      return [observation(`moved-${moved}`, amounts, { ...own, model: 'mixture' })];
    });
    const learnt = lookUp(calibrationOf(rows), { ...other, ...own }, 'decode');
    expect(learnt?.cost('round-trip')?.expected).toBeGreaterThan(60e-6);
    expect(learnt?.cost('round-trip')?.expected).toBeLessThan(240e-6);
  });

  it('shifts a model of its own towards its own receipts', () => {
    const slow = measured(2, 0).map((each) => (each.likeness.model === '3b k' ? slowed(each, 1.15) : each));
    const [, amounts] = models[4]!;
    const own = lookUp(calibrationOf(slow), { ...likeness, model: '3b k' }, 'decode');
    const foreign = lookUp(calibrationOf(slow), other, 'decode');
    const truth = trueSeconds(amounts) * 1.15;
    expect(Math.abs(seconds(own, amounts).expected / truth - 1)).toBeLessThan(0.05);
    expect(seconds(own, amounts).expected).toBeGreaterThan(seconds(foreign, amounts).expected);
    expect(own?.receipts[0]).toMatch(/^3b-k-/);
  });
});

describe('receipts that lie', () => {
  it('one of ten, ten times too fast, moves the forecast by less than 3 %', () => {
    const rows = measured(1, 0.02);
    const honest = seconds(lookUp(calibrationOf(rows), other, 'decode'), wanted).expected;
    const lie = rows.map((each) => (each.receipt === '1b-k-0' ? slowed(each, 0.1) : each));
    const lied = seconds(lookUp(calibrationOf(lie), other, 'decode'), wanted).expected;
    expect(Math.abs(lied / honest - 1)).toBeLessThan(0.03);
  });

  it('a tenth of a thousand, all in the same direction, move it by less than 2 %, and the interval stays', () => {
    const rows = measured(100, 0.05);
    const honest = seconds(lookUp(calibrationOf(rows), other, 'decode'), wanted);
    for (const factor of [0.2, 0.6, 1.8, 6]) {
      const lied = rows.map((each, index) => (index % 20 < 2 ? slowed(each, factor) : each));
      const found = seconds(lookUp(calibrationOf(lied), other, 'decode'), wanted);
      expect(Math.abs(found.expected / honest.expected - 1)).toBeLessThan(0.02);
      expect(found.slow / found.fast).toBeLessThan(1.5 * (honest.slow / honest.fast));
    }
  });
});

describe('the interval', () => {
  it('holds 80 to 97 % of new starts of models that nobody ran, over many machines', () => {
    let [inside, all] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const learnt = lookUp(calibrationOf(measured(2, 0.08, seed)), other, 'decode');
      const random = randomNumbers(seed + 1000);
      const { slow, fast } = seconds(learnt, wanted);
      for (let start = 0; start < 5; start++) {
        const took = trueSeconds(wanted) * Math.exp(0.08 * (2 * random() - 1));
        all += 1;
        if (took <= slow && took >= fast) inside += 1;
      }
    }
    expect(inside / all).toBeGreaterThan(0.8);
    expect(inside / all).toBeLessThan(1);
  });
});

describe('likeness', () => {
  const rows = measured(2, 0.02);
  const ask = (own: Partial<Likeness>, observations = rows): Learnt | null =>
    lookUp(calibrationOf(observations), { ...other, ...own }, 'decode');

  it('never crosses machines, runtimes, splits or devices', () => {
    expect(ask({ machine: 'elsewhere' })).toBeNull();
    expect(ask({ runtime: 'embedded' })).toBeNull();
    expect(ask({ runtime: 'llama.cpp-url' })).toBeNull();
    expect(ask({ split_mode: 'row' })).toBeNull();
    expect(ask({ devices: ['gpu0', 'host'] })).toBeNull();
    expect(ask({})?.step).toBe('like');
  });

  it('goes on to the next step where nothing nearer is there, and widens the interval at each', () => {
    const like = width(ask({}));
    expect(ask({ weights: 'real' })?.step).toBe('weights');
    expect(ask({ build: 'build 2' })?.step).toBe('build');
    expect(ask({ tool: 'llama-bench' })?.step).toBe('tool');
    expect(ask({ flash_attention: false })?.step).toBe('attention');
    expect(width(ask({ weights: 'real' }))).toBeGreaterThan(like);
    expect(width(ask({ tool: 'llama-bench' }))).toBeGreaterThan(width(ask({ weights: 'real' })));
    expect(width(ask({ flash_attention: false }))).toBeGreaterThan(width(ask({ tool: 'llama-bench' })));
  });

  it('takes other threads last: between unchanged and in proportion', () => {
    const learnt = ask({ threads: 2 });
    expect(learnt?.step).toBe('threads');
    const { slow, fast } = seconds(learnt, wanted);
    expect(slow).toBeGreaterThan(2 * 0.9 * trueSeconds(wanted));
    expect(fast).toBeLessThan(trueSeconds(wanted));
    const few = [...rows, ...measured(1, 0, 9, { threads: 2 }).slice(0, 2)];
    expect(ask({ threads: 2 }, few)?.step).toBe('like');
    expect(ask({ threads: 2 }, few)?.samples).toBe(2);
  });

  it('keeps random weights apart until they were shown to be as fast as real ones', () => {
    const real = measured(2, 0.02, 5, { weights: 'real' });
    expect(ask({ weights: 'real' }, rows)?.step).toBe('weights');
    expect(ask({ weights: 'real' }, [...rows, ...real])?.step).toBe('like');
    const both = [...rows, ...real.map((each) => slowed(each, 1.2))];
    const [ofReal, ofRandom] = (['real', 'ballast'] as const).map(
      (weights) => seconds(ask({ weights }, both), wanted).expected,
    );
    expect(ofReal! / ofRandom!).toBeGreaterThan(1.08);
    expect(ofReal! / ofRandom!).toBeLessThan(1.25);
  });

  it('says how forecasts of the kind held', () => {
    const { held, receipts } = ask({})!;
    // the two models that are alone with their types say nothing when they are left out
    expect(held!.of).toBe(12);
    expect(held!.inside).toBeGreaterThanOrEqual(10);
    expect(held!.median_abs_error_pct).toBeLessThan(5);
    expect(receipts).toHaveLength(10);
  });

  it('answers the same question from memory', () => {
    const calibration = calibrationOf(rows);
    expect(lookUp(calibration, other, 'decode')).toBe(lookUp(calibration, { ...other }, 'decode'));
    expect(lookUp(calibration, other, 'prefill')).toBeNull();
  });
});
