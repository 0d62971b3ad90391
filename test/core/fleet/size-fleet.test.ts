import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareServers, nodeTable, tableSteps } from '../../../src/core/fleet/compare';
import { catalogServers } from '../../../src/core/catalog/servers/servers';
import { FleetError } from '../../../src/core/fleet/fleet-error';
import { fleetRequestSchema } from '../../../src/core/fleet/schema';
import { sessionLoad, sessionsWithin } from '../../../src/core/fleet/session-load';
import { sizeFleet } from '../../../src/core/fleet/size-fleet';
import { GIB } from '../../../src/core/units';
import { question, rowModel, wholeModel } from './questions';

const codes = (request: object, more: Parameters<typeof question>[1] = {}) =>
  sizeFleet(question(request, more)).alerts.map(({ code }) => code);

/** How often a model's cache is kept over the cards of a copy. */
function factor(name: string, cards: number): number | null {
  const { layout } = sizeFleet(
    question(
      { effective_context: 4096, tensor_parallel: cards },
      { model: wholeModel(name, 'Q4_K_M'), server: 'gb200-nvl72' },
    ),
  );
  return layout.kind === 'counted' ? layout.kv_factor : null;
}

/** Recommended nodes of the example with so many sessions of so many tokens. */
function nodesFor(count: number, tokens: number): number {
  return sizeFleet(question({ concurrency: count, effective_context: tokens })).scenarios.recommended.results
    .nodes_final!;
}

describe('weights counted once for each copy', () => {
  it('lie on the cards of a copy, and leave the rest to caches', () => {
    const model = wholeModel('llama-3.1-70b');
    const fleet = sizeFleet(
      question(
        { effective_context: 8192, kv_precision: 'fp16', tensor_parallel: 4 },
        { model, server: 'dgx-h100' },
      ),
    );
    expect(fleet.layout).toMatchObject({
      kind: 'counted',
      tensor_parallel: 4,
      replicas_per_node: 2,
      idle_gpus: 0,
      kv_factor: 1,
    });
    // a copy: 4 × 80e9 / 2^30 = 298.02 GiB, less 131.4 of weights and 4 × 5 of reserve, 70 % of it; a session 2.5 GiB
    const ofCopy = ((4 * 80e9) / GIB - model.weights_gib! - 20) * 0.7;
    expect(fleet.load.mean).toBe(80 * 8192 * 2 * 8 * 128 * 2);
    const { results } = fleet.scenarios.minimum;
    expect(results.sessions_per_node).toBe(2 * Math.floor(ofCopy / 2.5));
    expect(results.kv_budget_gib).toBeCloseTo(2 * ofCopy, 6);
  });

  it('are split as leaves room for most sessions, where nobody says how', () => {
    const { layout } = sizeFleet(
      question({ effective_context: 8192 }, { model: wholeModel('llama-3.1-70b'), server: 'dgx-h100' }),
    );
    if (layout.kind !== 'counted') throw new Error('not counted');
    const most = Math.max(...layout.tried.map(({ sessions_per_node: sessions }) => sessions));
    expect(
      layout.tried.find(({ tensor_parallel: cards }) => cards === layout.tensor_parallel)?.sessions_per_node,
    ).toBe(most);
    expect(layout.tried.map(({ tensor_parallel: cards }) => cards)).toEqual([1, 2, 4, 8]);
  });

  it('keep whole heads on every card, and a latent vector on all of them', () => {
    expect(factor('qwen3-30b-a3b', 4)).toBe(1);
    expect(factor('qwen3-30b-a3b', 8)).toBe(2);
    expect(factor('deepseek-v3', 8)).toBe(8);
  });

  it('give way to a flat overhead where that is given, or where they are not known', () => {
    const model = wholeModel('llama-3.1-8b');
    expect(sizeFleet(question({ runtime_overhead_gib: 60 }, { model })).layout).toEqual({
      kind: 'flat',
      overhead_gib: 60,
    });
    expect(sizeFleet(question()).layout).toEqual({ kind: 'flat', overhead_gib: 120 });
    expect(sizeFleet(question({ weights_gib: 61 })).layout).toMatchObject({
      kind: 'counted',
      weights_gib: 61,
    });
  });

  it('cannot be split over cards that do not divide the heads, or that are not there', () => {
    const model = wholeModel('llama-3.1-8b');
    expect(() => sizeFleet(question({ tensor_parallel: 3 }, { model }))).toThrow(
      '32 attention heads of llama-3.1-8b cannot be split over 3 cards',
    );
    expect(() => sizeFleet(question({ tensor_parallel: 16 }, { model }))).toThrow(FleetError);
  });

  it('leave cards idle where copies do not fill a server, which is said', () => {
    const model = { ...rowModel('opt-oss-120b'), weights_gib: 60 };
    const fleet = sizeFleet(question({ tensor_parallel: 3 }, { model }));
    expect(fleet.layout).toMatchObject({ replicas_per_node: 2, idle_gpus: 2 });
    expect(fleet.alerts.map(({ code }) => code)).toContain('idle-gpus');
  });
});

describe('sessions of different lengths', () => {
  const contexts = { p50: 4096, p95: 32768, p99: 65536 };

  it('are counted band by band, each as long as its longest', () => {
    const model = rowModel('opt-oss-120b');
    const at = (tokens: number) => sessionLoad(model, tokens, null, 'fp8', 'window-tokens').mean;
    const { mean, deviation, longest } = sessionLoad(model, 131072, contexts, 'fp8', 'window-tokens');
    const expected = 0.5 * at(4096) + 0.45 * at(32768) + 0.04 * at(65536) + 0.01 * at(131072);
    expect(mean).toBeCloseTo(expected, 3);
    expect(longest).toBe(at(131072));
    expect(deviation).toBeGreaterThan(0);
  });

  it('need fewer nodes than if all were the longest, and never fewer than their mean would', () => {
    const all = sizeFleet(question({ concurrency: 10_000 })).scenarios.recommended.results.nodes_final!;
    const mixed = sizeFleet(question({ concurrency: 10_000, contexts })).scenarios.recommended.results;
    expect(mixed.nodes_final!).toBeLessThan(all);
    expect(mixed.sessions_per_node).toBeLessThanOrEqual(mixed.kv_budget_gib / mixed.kv_per_session_gib);
  });

  it('stay within the budget 99 times of 100 by the formula that is shown', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e6, max: 1e10, noNaN: true }),
        fc.double({ min: 0, max: 1e10, noNaN: true }),
        fc.double({ min: 1, max: 1e13, noNaN: true }),
        (mean, deviation, bytes) => {
          const count = sessionsWithin(bytes, { mean, deviation, longest: mean });
          if (bytes < mean) expect(count).toBe(0);
          else if (count > 1)
            expect(count * mean + 2.326 * deviation * Math.sqrt(count)).toBeLessThanOrEqual(
              bytes * (1 + 1e-9),
            );
        },
      ),
      { numRuns: 5000, seed: 5 },
    );
  });
});

describe('alerts', () => {
  it.each([
    ['context-clamped', { effective_context: 200_000 }],
    ['kv-wide', { kv_precision: 'fp16' }],
    ['kv-budget-high', { kv_budget_ratio: 0.8 }],
    ['storage-pressure', {}],
    ['no-session-fits', { runtime_overhead_gib: 5000 }],
    ['few-sessions', { runtime_overhead_gib: 2000 }],
    ['many-nodes', { concurrency: 100_000 }],
    ['scenarios-close', { concurrency: 100_000, peak_headroom_ratio: 0, ha_mode: 'none' }],
    ['overhead-low', { runtime_overhead_gib: 10 }],
    ['percentile-clamped', { effective_context: 8192, contexts: { p50: 10, p95: 20, p99: 9000 } }],
  ])('%s', (code, request) => {
    expect(codes(request)).toContain(code);
    const quiet = codes({ effective_context: 8192, concurrency: 1000, peak_headroom_ratio: 0.2 });
    expect(quiet).not.toContain(code);
  });

  it('are said once, however many scenarios they are about', () => {
    const alerts = codes({ kv_budget_ratio: 0.8 });
    expect(alerts.filter((code) => code === 'kv-budget-high')).toHaveLength(1);
  });

  it('speak of the recommended scenario where several have the same', () => {
    const { alerts, scenarios } = sizeFleet(question({ concurrency: 100_000 }));
    const many = alerts.filter(({ code }) => code === 'many-nodes');
    expect(many.map(({ message }) => message)).toEqual([
      `${scenarios.recommended.results.nodes_final} nodes are more than 20.`,
    ]);
  });

  it('weigh slow storage against the weights', () => {
    const model = wholeModel('llama-3.1-405b');
    const slow = { ...question({ effective_context: 4096 }, { model }) };
    const storage = { ...slow.storage, throughput_read_gbps: 1 };
    expect(sizeFleet({ ...slow, storage }).alerts.map(({ code }) => code)).toContain('slow-start');
  });
});

describe('nodes', () => {
  it('are not known where not one session fits', () => {
    const { results } = sizeFleet(question({ runtime_overhead_gib: 5000 })).scenarios.recommended;
    expect(results).toMatchObject({
      sessions_per_node: 0,
      nodes_capacity: null,
      nodes_final: null,
      capex_relative: null,
      cost: null,
    });
  });

  it('are not one more for the last digit of a fraction', () => {
    // 10 × 1.1 is 11.000000000000002 in floating point
    const base = question({
      concurrency: 10,
      peak_headroom_ratio: 0.1,
      ha_mode: 'none',
      runtime_overhead_gib: 0,
      kv_budget_ratio: 1,
    });
    const session = sizeFleet(base).load.mean;
    const server = { ...base.server, total_hbm_gb: (11 * session + 1) / 1e9 };
    expect(sizeFleet({ ...base, server }).scenarios.recommended.results.nodes_with_headroom).toBe(1);
  });

  it('hold 10^9 sessions, and grow with sessions, context and width', () => {
    expect(sizeFleet(question({ concurrency: 1e9 })).scenarios.minimum.results.nodes_final).toBe(
      Math.ceil(1e9 / 629),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e8 }),
        fc.integer({ min: 1, max: 131072 }),
        fc.integer({ min: 0, max: 1e8 }),
        (concurrency, context, more) => {
          expect(nodesFor(concurrency + more, context)).toBeGreaterThanOrEqual(
            nodesFor(concurrency, context),
          );
          expect(nodesFor(concurrency, 131072)).toBeGreaterThanOrEqual(nodesFor(concurrency, context));
        },
      ),
      { numRuns: 300, seed: 2 },
    );
  });

  it('cost what their servers cost, in their currency, and nothing where there is no price', () => {
    const base = question();
    const priced = sizeFleet({
      ...base,
      server: { ...base.server, price: { amount: 500_000, currency: 'USD' } },
    });
    expect(priced.scenarios.recommended.results.cost).toEqual({ amount: 1_500_000, currency: 'USD' });
    expect(priced.scenarios.recommended.results.cost_per_session).toEqual({ amount: 1500, currency: 'USD' });
    expect(sizeFleet(base).scenarios.recommended.results.cost).toBeNull();
  });

  it('are compared over servers, those that cannot hold it among them', () => {
    const names = new Set(['dgx300', 'dgx200', 'l40s-4']);
    const compared = compareServers(
      question({ tensor_parallel: 8 }, { model: wholeModel('llama-3.1-70b') }),
      catalogServers().filter(({ name }) => names.has(name)),
    );
    expect(compared.map(({ fleet, failure }) => (fleet === null ? failure : 'sized'))).toEqual([
      'l40s-4 has 4 cards, so no copy can lie on 8.',
      'sized',
      'sized',
    ]);
  });

  it('stand in a table over concurrency and context', () => {
    const steps = tableSteps(question());
    expect(steps.concurrencies).toEqual([250, 500, 1000, 2000, 4000]);
    expect(steps.contexts).toEqual([16384, 32768, 65536, 131072]);
    const table = nodeTable(question(), steps.concurrencies, steps.contexts);
    expect(table.nodes.at(-1)?.[2]).toBe(3);
  });
});

describe('what is asked of a sizing', () => {
  it.each([
    ['no sessions', { concurrency: 0 }],
    ['negative sessions', { concurrency: -1 }],
    ['more than 10^9 sessions', { concurrency: 1e9 + 1 }],
    ['part of a session', { concurrency: 1.5 }],
    ['no context', { effective_context: 0 }],
    ['a budget of nothing', { kv_budget_ratio: 0 }],
    ['a budget above all', { kv_budget_ratio: 1.1 }],
    ['negative headroom', { peak_headroom_ratio: -0.1 }],
    ['percentiles that fall', { contexts: { p50: 9, p95: 8, p99: 10 } }],
  ])('is not %s', (_, fields) => {
    expect(fleetRequestSchema.safeParse({ concurrency: 10, effective_context: 100, ...fields }).success).toBe(
      false,
    );
  });
});
