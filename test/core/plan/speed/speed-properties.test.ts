import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../../src/core/profile/schema';
import { kvTypes, planRequestSchema, type Speed } from '../../../../src/core/plan/schema';
import { type Settings, settingsOf } from '../../../../src/core/plan/settings';
import { forecastDecode } from '../../../../src/core/plan/speed/decode';
import { forecastPrompt } from '../../../../src/core/plan/speed/prefill';
import { profileWith } from '../profiles';
import { modelNamed, modelNames } from '../truth-rows';

/** Microseconds each; `PLIMSOLL_PROPERTY_RUNS=10000` for as many cases of each. */
const runs = { numRuns: Number(process.env['PLIMSOLL_PROPERTY_RUNS'] ?? 1000) };
const asked = planRequestSchema.parse({});

interface Case {
  readonly name: string;
  readonly settings: Settings;
  readonly depth: number;
}

const model = fc.constantFrom(...modelNames);
const cases: fc.Arbitrary<Case> = fc
  .record({
    name: model,
    devices: fc.integer({ min: 0, max: 3 }),
    gpuLayers: fc.integer({ min: 0, max: 130 }),
    cpuMoeLayers: fc.integer({ min: 0, max: 130 }),
    keyType: fc.constantFrom(...kvTypes),
    valueType: fc.constantFrom(...kvTypes),
    offloadCache: fc.boolean(),
    depth: fc.integer({ min: 0, max: 300_000 }),
  })
  .map(({ name, devices, depth, ...placing }) => ({
    name,
    depth,
    settings: settingsOf(modelNamed(name), asked, {
      ...placing,
      devices: Array.from({ length: devices }, (_, position) => ({ name: `gpu${position}`, freeBytes: 1 })),
    }),
  }));
const gbps = fc.double({ min: 1, max: 5000, noNaN: true });
const orNull = fc.option(gbps);

function machine(ram: number | null, cards: readonly (number | null)[], link: number | null = 20): Profile {
  return profileWith({
    ramGbps: ram,
    gpus: cards.map((rate) => ({ vram_bw_gbps: rate, pcie_h2d_gbps: link })),
  });
}

function decodeOf({ name, settings, depth }: Case, profile: Profile): Speed {
  return forecastDecode(modelNamed(name), profile, settings, depth, null);
}

const numbers = ['ceiling_tok_s', 'forecast_tok_s', 'low_tok_s', 'high_tok_s'] as const;

describe('a forecast, whatever the placement', () => {
  it('has a ceiling k times as high where every bandwidth is', () => {
    fc.assert(
      fc.property(cases, gbps, fc.tuple(gbps, gbps, gbps), gbps, (one, ram, cards, factor) => {
        const slow = decodeOf(one, machine(ram, cards)).ceiling_tok_s!;
        const scaled = machine(
          ram * factor,
          cards.map((card) => card * factor),
        );
        expect(decodeOf(one, scaled).ceiling_tok_s! / slow / factor).toBeCloseTo(1, 9);
      }),
      runs,
    );
  });

  it('has its ends in order, and none above the ceiling', () => {
    fc.assert(
      fc.property(cases, gbps, fc.tuple(gbps, gbps, gbps), (one, ram, cards) => {
        const {
          low_tok_s: low,
          forecast_tok_s: forecast,
          high_tok_s: high,
          ceiling_tok_s: ceiling,
        } = decodeOf(one, machine(ram, cards));
        expect(low!).toBeGreaterThan(0);
        expect(forecast!).toBeGreaterThanOrEqual(low!);
        expect(high!).toBeGreaterThanOrEqual(forecast!);
        expect(ceiling!).toBeGreaterThanOrEqual(high!);
      }),
      runs,
    );
  });

  it('is never faster with more tokens before it, nor with slower memory', () => {
    fc.assert(
      fc.property(cases, gbps, gbps, fc.nat(100_000), (one, ram, card, more) => {
        const profile = machine(ram, [card, card, card]);
        const here = decodeOf(one, profile).forecast_tok_s!;
        expect(decodeOf({ ...one, depth: one.depth + more }, profile).forecast_tok_s!).toBeLessThanOrEqual(
          here,
        );
        expect(decodeOf(one, machine(ram / 2, [card, card, card])).forecast_tok_s!).toBeLessThanOrEqual(here);
      }),
      runs,
    );
  });

  it('is no number where a bandwidth that it needs is unknown, and names just those', () => {
    fc.assert(
      fc.property(cases, orNull, fc.tuple(orNull, orNull, orNull), (one, ram, cards) => {
        const speed = decodeOf(one, machine(ram, cards));
        const unknown = new Set([
          ...(ram === null ? ['/hardware/memory/cpu_mem_bw_gbps'] : []),
          ...cards.flatMap((card, position) =>
            card === null ? [`/hardware/gpus/${position}/vram_bw_gbps`] : [],
          ),
        ]);
        expect(speed.missing.every((field) => unknown.has(field))).toBe(true);
        for (const field of numbers) expect(speed[field] === null).toBe(speed.missing.length > 0);
        if (unknown.size === 4) expect(speed.missing.length).toBeGreaterThan(0);
      }),
      runs,
    );
  });

  it('of a prompt is no number without the arithmetic of what computes', () => {
    fc.assert(
      fc.property(
        cases,
        orNull,
        fc.tuple(orNull, orNull, orNull),
        orNull,
        fc.integer({ min: 1, max: 9000 }),
        (one, ram, cards, link, tokens) => {
          const { prefill, firstToken } = forecastPrompt(
            modelNamed(one.name),
            machine(ram, cards, link),
            one.settings,
            tokens,
          );
          expect(prefill.missing.length).toBeGreaterThan(0);
          expect([prefill.forecast_tok_s, prefill.low_tok_s, prefill.high_tok_s, prefill.basis]).toEqual([
            null,
            null,
            null,
            null,
          ]);
          expect([firstToken.low_s, firstToken.forecast_s, firstToken.high_s]).toEqual([null, null, null]);
          if (prefill.missing.some((field) => field.startsWith('/hardware'))) {
            expect(prefill.ceiling_tok_s).toBeNull();
          }
        },
      ),
      { numRuns: Math.ceil(runs.numRuns / 2) },
    );
  });
});
