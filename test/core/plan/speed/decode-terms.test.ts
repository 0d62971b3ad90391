import { describe, expect, it } from 'vitest';
import { planRequestSchema } from '../../../../src/core/plan/schema';
import { type Settings, settingsOf } from '../../../../src/core/plan/settings';
import { areKnown, decodeTerms } from '../../../../src/core/plan/speed/decode-terms';
import type { DecodeTerms } from '../../../../src/core/plan/speed/schema';
import { expertPattern } from '../../../../src/core/plan/model-index';
import { modelNamed, modelNames } from '../truth-rows';

const asked = planRequestSchema.parse({});

function settingsFor(name: string, gpuLayers: number, cpuMoeLayers: number): Settings {
  return settingsOf(modelNamed(name), asked, {
    devices: [{ name: 'gpu0', freeBytes: null }],
    gpuLayers,
    cpuMoeLayers,
  });
}

function termsOf(name: string, settings: Settings, depth = 0): DecodeTerms {
  const terms = decodeTerms(modelNamed(name), settings, depth);
  if (!areKnown(terms)) throw new Error(terms.missing);
  return terms;
}

function readsOf(name: string, depth: number, kind: string): number {
  return termsOf(name, settingsFor(name, 999, 0), depth)
    .reads.filter((read) => read.kind === kind)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

function sorted({ reads, ...rest }: DecodeTerms): unknown {
  return { ...rest, reads: reads.map((read) => JSON.stringify(read)).sort() };
}

describe('the terms of a decoded token', () => {
  it.each(modelNames)('are the same tensor by tensor as by running sums, for %s', (name) => {
    for (const [gpuLayers, experts] of [
      [999, 0],
      [999, 5],
      [7, 999],
      [0, 0],
    ] as const) {
      const settings = settingsFor(name, gpuLayers, experts);
      const overrides = Array.from({ length: experts }, (_, layer) => ({
        pattern: new RegExp(`blk\\.${layer}${expertPattern.source}`, 'u'),
        home: 'host' as const,
      }));
      const named = { ...settings, cpuMoeLayers: 0, overrides: [...overrides, never] };
      expect(sorted(termsOf(name, named, 3000))).toEqual(sorted(termsOf(name, settings, 3000)));
    }
  });

  it('count a round trip for each block on the device whose experts the host computes', () => {
    expect(termsOf('qwen3-30b-a3b', settingsFor('qwen3-30b-a3b', 999, 10)).round_trips).toBe(10);
    // blocks 0 to 37 lie on the host themselves
    expect(termsOf('qwen3-30b-a3b', settingsFor('qwen3-30b-a3b', 11, 48)).round_trips).toBe(10);
    expect(termsOf('llama-3.1-8b', settingsFor('llama-3.1-8b', 999, 10)).round_trips).toBe(0);
  });

  it('count a round trip for each block on the device whose cache lies on the host', () => {
    const settings = { ...settingsFor('llama-3.1-8b', 999, 0), offloadCache: false };
    const terms = termsOf('llama-3.1-8b', settings, 1000);
    expect(terms.round_trips).toBe(32);
    expect(terms.reads.filter(({ kind }) => kind === 'cache').map(({ device }) => device)).toEqual(['host']);
  });

  it('count a hop for each border between devices, from the embedding on the host to the output', () => {
    const devices = ['gpu0', 'gpu1'].map((name) => ({ name, freeBytes: 1 }));
    const hops = (gpuLayers: number): number =>
      termsOf('llama-3.1-8b', { ...settingsFor('llama-3.1-8b', gpuLayers, 0), devices }).hops;
    expect([hops(0), hops(999), hops(10)]).toEqual([0, 2, 2]);
  });

  it('read no more of a window than it holds, and a state whatever the depth', () => {
    const perToken = readsOf('gpt-oss-20b', 4001, 'cache') - readsOf('gpt-oss-20b', 4000, 'cache');
    expect(perToken).toBe(24 * 1024);
    expect(readsOf('qwen3-next-80b-a3b', 0, 'state')).toBe(readsOf('qwen3-next-80b-a3b', 9000, 'state'));
  });
});

const never = { pattern: /^nothing is called so$/u, home: 'host' as const };
