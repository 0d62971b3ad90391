import { describe, expect, it } from 'vitest';
import { countProperties, planProperties, type PropertyCounts } from '../../support/plan-properties';

/** Tens of milliseconds each; `npm run bench properties` looks at 10,000. */
const CASES = 96;
const SEED = 7;

let counts: PropertyCounts | null = null;

describe('of plans for any machine, model and request', () => {
  it.each(planProperties)('the property %s holds', { timeout: 120_000 }, (name) => {
    counts ??= countProperties(SEED, 0, CASES);
    expect(counts[name].broken).toEqual([]);
    expect(counts[name].telling).toBeGreaterThan(CASES / 8);
  });
});
