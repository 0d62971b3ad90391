import { describe, expect, it } from 'vitest';
import type { Learnt } from '../../../../src/core/calibration/schema';
import type { Profile } from '../../../../src/core/profile/schema';
import { planModel } from '../../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../../src/core/plan/schema';
import { type Settings, settingsOf } from '../../../../src/core/plan/settings';
import { areKnown } from '../../../../src/core/plan/speed/decode-terms';
import { forecastPrompt } from '../../../../src/core/plan/speed/prefill';
import { prefillTerms } from '../../../../src/core/plan/speed/prefill-terms';
import type { PrefillTerms } from '../../../../src/core/plan/speed/schema';
import { profileWith } from '../profiles';
import { modelNamed } from '../truth-rows';

const asked = planRequestSchema.parse({});

function settingsFor(name: string, gpuLayers: number, cpuMoeLayers = 0): Settings {
  const devices = gpuLayers >= 0 ? [{ name: 'gpu0', freeBytes: null }] : [];
  return settingsOf(modelNamed(name), asked, { devices, gpuLayers, cpuMoeLayers });
}

function termsOf(name: string, settings: Settings, tokens: number, depth = 0): PrefillTerms {
  const terms = prefillTerms(modelNamed(name), settings, tokens, depth);
  if (!areKnown(terms)) throw new Error(terms.missing);
  return terms;
}

/** A billionth of a second for everything that was learnt. */
const learnt: Learnt = {
  step: 'like',
  receipts: ['one', 'two'],
  samples: 4,
  held: null,
  most_read: null,
  cost: (name) => (name.startsWith('work host') ? { slow: 2e-12, expected: 1e-12, fast: 0.5e-12 } : null),
};

const card: Profile = {
  ...profileWith({
    gpus: [{ pcie_h2d_gbps: null, pcie_gen_max: 4, pcie_width_max: 16, compute_fp16_tflops: 165 }],
  }),
};
const fromCatalog: Profile = {
  ...card,
  provenance: {
    '/hardware/gpus/0/name': {
      method: 'catalog',
      conditions: null,
      samples: null,
      measured_at: null,
      reason: null,
    },
  },
};

function attentionOf({ work }: PrefillTerms): number {
  return work.find(({ kind }) => kind === 'attention')!.operations;
}

describe('the terms of a micro-batch', () => {
  it('are two operations for each weight but those of embedding and output, and grow with what is attended to', () => {
    const terms = termsOf('llama-3.1-8b', settingsFor('llama-3.1-8b', 999), 512);
    const weights = terms.work.filter(({ kind }) => kind === 'weights');
    // 8.03 · 10^9 parameters, less two tables of 128,256 × 4,096
    expect(weights.reduce((sum, { operations }) => sum + operations, 0) / 512 / 2).toBeCloseTo(6.98e9, -7);
    const deep = termsOf('llama-3.1-8b', settingsFor('llama-3.1-8b', 999), 512, 4096);
    // 32 layers, 32 heads of 128, keys and values, two operations each
    expect(attentionOf(deep) - attentionOf(terms)).toBe(512 * 4096 * 32 * 32 * 128 * 2 * 2);
  });

  it('copy host weights to the device from 32 tokens on, every expert that any token may use', () => {
    const settings = settingsFor('qwen3-30b-a3b', 999, 48);
    const experts = modelNamed('qwen3-30b-a3b')
      .tensors.filter(({ role }) => role === 'expert')
      .reduce((sum, { bytes }) => sum + bytes, 0);
    const copied = (tokens: number, offloadOperations = true): number =>
      termsOf('qwen3-30b-a3b', { ...settings, offloadOperations }, tokens).copies[0]?.bytes ?? 0;
    expect(copied(31)).toBe(0);
    expect(copied(512, false)).toBe(0);
    expect(copied(512) / experts).toBeCloseTo(1, 9);
    expect(copied(32) / experts).toBeCloseTo(1 - (1 - 8 / 128) ** 32, 6);
  });

  it('leave everything on the host where there is no device', () => {
    const terms = termsOf('llama-3.1-8b', settingsFor('llama-3.1-8b', -1), 512);
    expect(new Set(terms.work.map(({ device }) => device))).toEqual(new Set(['host']));
    expect(terms.copies).toEqual([]);
  });
});

describe('a forecast of a prompt', () => {
  const host = settingsFor('llama-3.1-8b', -1);
  const model = modelNamed('llama-3.1-8b');

  function seconds(tokens: number): number {
    return forecastPrompt(model, profileWith(), host, tokens, learnt).firstToken.forecast_s!;
  }

  it('is not made from what nobody measured, and says what is missing', () => {
    const { prefill, firstToken } = forecastPrompt(model, profileWith(), host, 2048);
    expect(prefill).toMatchObject({ forecast_tok_s: null, basis: null, missing: ['/compute/host'] });
    expect(firstToken).toMatchObject({ forecast_s: null, low_s: null, missing: ['/compute/host'] });
    expect(prefill.ceiling_tok_s).toBeGreaterThan(1000);
  });

  it('takes twice as long for twice the prompt, and longer for what is attended to', () => {
    // 2 · 6.98 · 10^9 operations a token, a millionth of a millionth of a second each
    expect(seconds(512) / 512).toBeCloseTo(0.014, 3);
    expect(seconds(4096) / seconds(2048)).toBeGreaterThan(2);
    expect(seconds(4096) / seconds(2048)).toBeLessThan(2.2);
  });

  it('rests on receipts where they hold work of the device, and names them', () => {
    const { prefill } = forecastPrompt(model, profileWith(), host, 512, learnt);
    expect(prefill).toMatchObject({ basis: 'receipts', receipts: ['one', 'two'], samples: 4 });
    expect(
      prefill.low_tok_s! < prefill.forecast_tok_s! && prefill.forecast_tok_s! < prefill.high_tok_s!,
    ).toBe(true);
  });

  it('is never faster than bandwidths allow', () => {
    const instant: Learnt = { ...learnt, cost: () => ({ slow: 1e-20, expected: 1e-20, fast: 1e-20 }) };
    const { prefill } = forecastPrompt(model, profileWith(), host, 512, instant);
    expect(prefill.high_tok_s).toBe(prefill.ceiling_tok_s);
  });

  it("is assumed from a catalog's card, and never from a figure that the machine's own record holds", () => {
    const device = settingsFor('llama-3.1-8b', 999);
    expect(forecastPrompt(model, fromCatalog, device, 512).prefill.basis).toBe('assumed');
    expect(forecastPrompt(model, card, device, 512).prefill.missing).toEqual(['/compute/gpu0']);
  });

  it("says what it takes from a card's data sheet", () => {
    const plan = planModel(model, fromCatalog, asked);
    expect(plan.prefill.basis).toBe('assumed');
    expect(plan.assumptions).toContainEqual(
      expect.objectContaining({ name: 'arithmetic of gpu0', value: 165, basis: 'assumed' }),
    );
    expect(plan.first_token!.forecast_s).toBeGreaterThan(plan.first_token!.least_s!);
  });

  it('needs the rate of the link where host weights are copied, and is bound by it', () => {
    const settings = settingsFor('qwen3-30b-a3b', 999, 48);
    const mixture = modelNamed('qwen3-30b-a3b');
    expect(forecastPrompt(mixture, card, settings, 512).prefill.missing).toEqual([
      '/hardware/gpus/0/pcie_h2d_gbps',
    ]);
    const measured = profileWith({ gpus: [{ pcie_h2d_gbps: 25 }] });
    const copied = termsOf('qwen3-30b-a3b', settings, 512).copies[0]!.bytes;
    expect(forecastPrompt(mixture, measured, settings, 512).firstToken.least_s).toBeCloseTo(copied / 25e9, 9);
    expect(forecastPrompt(mixture, fromCatalog, settings, 512).prefill.basis).toBe('assumed');
  });
});
