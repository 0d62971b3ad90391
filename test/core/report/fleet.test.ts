import { describe, expect, it } from 'vitest';
import { compareServers, nodeTable } from '../../../src/core/fleet/compare';
import { fleetJson } from '../../../src/core/fleet/fleet-json';
import { sizeFleet } from '../../../src/core/fleet/size-fleet';
import { executiveHtml, executiveMarkdown } from '../../../src/core/report/fleet-executive';
import { comparisonLines, fleetText, nodeTableLines } from '../../../src/core/report/fleet-text';
import { question, rowModel } from '../fleet/questions';

const fleet = sizeFleet(question());

describe('a fleet as JSON', () => {
  const json = JSON.parse(JSON.stringify(fleetJson(fleet))) as Record<string, never>;

  it('has the shape of the sizing that came before', () => {
    expect(json).toMatchObject({
      inputs: {
        model: {
          name: 'opt-oss-120b',
          num_layers: 36,
          hybrid_full_layers: 18,
          hybrid_sliding_layers: 18,
          sliding_window: 128,
          attention_pattern: 'hybrid',
        },
        server: { name: 'dgx300', gpus: 8, total_hbm_gb: 2304 },
        storage: { name: 'profile_default', type: 'nvme_local' },
        nfr: {
          concurrency: 1000,
          effective_context: 131072,
          kv_precision: 'fp8',
          kv_budget_ratio: 0.7,
          peak_headroom_ratio: 0.2,
        },
      },
      scenarios: {
        minimum: { name: 'MINIMUM', results: { nodes_final: 2 } },
        recommended: { results: { nodes_final: 3 } },
        ideal: { results: { nodes_final: 5 } },
      },
    });
    expect(Object.keys(json['parameter_dictionary']!)).toContain('kv_budget_ratio');
    expect(json['alerts']).toEqual(
      expect.arrayContaining([expect.stringMatching(/^ALERT: Contexts of 131072 tokens/u)]),
    );
  });

  it('has a rationale for every figure: formula, inputs, explanation', () => {
    for (const name of [
      'kv_per_session_gib',
      'kv_total_gib',
      'hbm_total_gib',
      'kv_budget_gib',
      'sessions_per_node',
      'nodes_capacity',
      'nodes_with_headroom',
      'nodes_final',
    ]) {
      const { formula, inputs, explanation } = fleet.scenarios.recommended.rationale[name]!;
      expect(formula.length).toBeGreaterThan(10);
      expect(Object.keys(inputs).length).toBeGreaterThan(0);
      expect(explanation).toMatch(/\.$/u);
    }
  });
});

describe('a fleet as text', () => {
  const lines = fleetText(fleet, { width: 90 });

  it('has four sections in order, and no line that is too long', () => {
    expect(lines.filter((line) => line.startsWith('SECTION'))).toEqual([
      'SECTION 1: INPUTS',
      'SECTION 2: PARAMETER DICTIONARY',
      'SECTION 3: RESULTS BY SCENARIO',
      'SECTION 4: ALERTS AND RISKS',
    ]);
    const prose = lines.filter((line) => line.startsWith('  '));
    expect(prose.every((line) => line.length <= 100)).toBe(true);
  });

  it('names nodes, risk and availability of each scenario', () => {
    expect(lines.find((line) => line.startsWith('RECOMMENDED '))).toMatch(
      /RECOMMENDED +3 +629 +\+50 % +medium +99\.9 %/u,
    );
  });

  it('says that no number will do where not one session fits', () => {
    const none = sizeFleet(question({ runtime_overhead_gib: 5000 }));
    expect(fleetText(none, { width: 90 }).join('\n')).toContain('none will do');
  });

  it('has servers side by side and a table of nodes', () => {
    const compared = compareServers(question(), [question().server]);
    expect(comparisonLines(compared)[1]).toMatch(/^dgx300 +2304 +629 +2 +3 +5/u);
    expect(nodeTableLines(nodeTable(question(), [1000], [131072]))[1]).toMatch(/131,072 +3/u);
  });
});

describe('the report for those who decide', () => {
  it('begins with summary and scenarios, and ends in what it rests on', () => {
    const titles = executiveMarkdown(fleet).match(/^## .*$/gmu);
    expect(titles).toEqual([
      '## Summary',
      '## Scenarios',
      '## Recommendation',
      '## Risks',
      '## What this rests on',
    ]);
    expect(executiveMarkdown(fleet)).toContain('3 servers are recommended');
  });

  it('has scenarios side by side, three columns whatever is priced', () => {
    const base = question();
    const priced = { ...base, server: { ...base.server, price: { amount: 500_000, currency: 'USD' } } };
    const lines = executiveMarkdown(sizeFleet(priced)).split('\n');
    expect(lines).toContain('|  | MINIMUM | RECOMMENDED | IDEAL |');
    expect(lines).toContain('| Servers | 2 | 3 | 5 |');
    expect(lines).toContain('| Cost | 1,000,000 USD | 1,500,000 USD | 2,500,000 USD |');
  });

  it('does not recommend what will not do', () => {
    const none = executiveMarkdown(sizeFleet(question({ runtime_overhead_gib: 5000 })));
    expect(none).toContain('Do not buy yet');
  });

  it('is a page of its own, with names that cannot become part of it', () => {
    const evil = { ...rowModel('opt-oss-120b'), name: '<script>alert(1)</script>|`x`' };
    const page = executiveHtml(sizeFleet(question({}, { model: evil })));
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('@page { size: A4');
    expect(page).not.toMatch(/https?:|src=|@import/u);
    const markdown = executiveMarkdown(sizeFleet(question({}, { model: evil })));
    expect(markdown.slice(markdown.indexOf('\n'))).not.toMatch(/[^\\]<script/u);
  });
});
