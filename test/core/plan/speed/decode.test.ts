import { describe, expect, it } from 'vitest';
import type { Learnt } from '../../../../src/core/calibration/schema';
import type { Profile } from '../../../../src/core/profile/schema';
import { planRequestSchema } from '../../../../src/core/plan/schema';
import { type Settings, settingsOf } from '../../../../src/core/plan/settings';
import { forecastDecode } from '../../../../src/core/plan/speed/decode';
import type { DecodeTerms } from '../../../../src/core/plan/speed/schema';
import { roughFindings } from '../../../../src/core/plan/speed/rough';
import { profileWith } from '../profiles';
import { modelNamed } from '../truth-rows';

const llama = modelNamed('llama-3.1-8b');
const asked = planRequestSchema.parse({});
const host = settingsOf(llama, asked, { devices: [], gpuLayers: 0, cpuMoeLayers: 0 });
const field = '/hardware/memory/cpu_mem_bw_gbps';

function measured(conditions: Record<string, string | number>, min: number, max: number): Profile {
  return {
    ...profileWith(),
    provenance: {
      [field]: {
        method: 'memchr',
        conditions,
        samples: { n: 8, min, median: (min + max) / 2, max },
        measured_at: '2026-11-21T09:00:00.000Z',
        reason: null,
      },
    },
  };
}

const quiet = measured({ extent: 'whole', threads: 8 }, 49, 50);

/** Share of the ceiling that the fast end reaches. */
function shareOf(profile: Profile): number {
  const { high_tok_s: high, ceiling_tok_s: ceiling } = forecastDecode(llama, profile, host, 0, null);
  return high! / ceiling!;
}

function lowWith(threads: number): number {
  return forecastDecode(llama, quiet, host, 0, null, null, threads).low_tok_s!;
}

/** Nothing costs time but reading K-quants: this many seconds a byte. */
function learnt(seconds: number): Learnt {
  return {
    step: 'like',
    receipts: ['a'],
    samples: 3,
    held: null,
    most_read: null,
    cost: (name) =>
      name === 'read host weights k'
        ? { slow: seconds * 1.1, expected: seconds, fast: seconds * 0.9 }
        : { slow: 0, expected: 0, fast: 0 },
  };
}

describe('a forecast of decoding', () => {
  it('has a ceiling as high as memory was read to give beside receipts', () => {
    const gbps = quiet.hardware.memory.cpu_mem_bw_gbps!;
    const ceiling = (share: number | null) => {
      const own = { ...learnt(1e-13), most_read: share === null ? null : share * gbps * 1e9 };
      const { ceiling_tok_s: most, forecast_tok_s: forecast } = forecastDecode(
        llama,
        quiet,
        host,
        0,
        null,
        own,
      );
      expect(forecast).toBeCloseTo(most!, 9);
      return most!;
    };
    expect(ceiling(1.7) / ceiling(null)).toBeCloseTo(1.7, 6);
    expect(ceiling(0.6)).toBe(ceiling(null));
  });

  it('divides what several devices read by their own bandwidths, one after the other', () => {
    const devices = ['gpu0', 'gpu1'].map((name) => ({ name, freeBytes: 1 }));
    const split: Settings = { ...settingsOf(llama, asked, { devices, gpuLayers: 99, cpuMoeLayers: 0 }) };
    const profile = profileWith({ gpus: [{ vram_bw_gbps: 900 }, { vram_bw_gbps: 300 }] });
    const ceiling = (gbps: number, other: number): number =>
      forecastDecode(
        llama,
        profileWith({ gpus: [{ vram_bw_gbps: gbps }, { vram_bw_gbps: other }] }),
        split,
        0,
        null,
      ).ceiling_tok_s!;
    const both = forecastDecode(llama, profile, split, 0, null).ceiling_tok_s!;
    expect(1 / both).toBeCloseTo(0.5 / ceiling(900, 900) + 0.5 / ceiling(300, 300), 3);
  });

  it('is slower with more tokens before it', () => {
    const [deep, empty] = [8000, 0].map((depth) => forecastDecode(llama, quiet, host, depth, null));
    expect(deep!.forecast_tok_s).toBeLessThan(empty!.forecast_tok_s!);
  });

  it('reaches up to nearly the whole of a well measured bandwidth, and all of one that may be too low', () => {
    expect(shareOf(quiet)).toBeCloseTo(0.97, 3);
    expect(shareOf(measured({ extent: 'quick', threads: 8 }, 49, 50))).toBe(1);
    expect(shareOf(measured({ extent: 'whole', threads: 8 }, 14, 36))).toBe(1);
  });

  it('says which bandwidths may be too low', () => {
    const idle: DecodeTerms = { depth: 0, reads: [], round_trips: 0, hops: 0 };
    const reading: DecodeTerms = {
      ...idle,
      reads: [{ device: 'host', kind: 'weights', family: 'k', bytes: 1 }],
    };
    const noisy = measured({ extent: 'quick', threads: 8 }, 14, 36);
    expect(roughFindings(noisy, [reading])[0]!.message).toContain(
      'in a quick look, between 14.00 GB/s and 36.00 GB/s',
    );
    expect(roughFindings(noisy, [idle])).toEqual([]);
    expect(roughFindings(quiet, [reading])).toEqual([]);
  });

  it('expects less of fewer threads than were measured with, and no more of more', () => {
    expect(lowWith(2)).toBeLessThan(0.5 * lowWith(8));
    expect(lowWith(16)).toBe(lowWith(8));
  });

  it('takes what receipts taught in place of the prior, and is never above its ceiling', () => {
    const known = forecastDecode(llama, quiet, host, 0, null, learnt(1 / 40e9));
    expect(known).toMatchObject({ basis: 'receipts', receipts: ['a'], samples: 3 });
    expect(known.high_tok_s! / known.low_tok_s!).toBeCloseTo(1.1 / 0.9, 2);
    const impossible = forecastDecode(llama, quiet, host, 0, null, learnt(1e-15));
    expect(impossible.high_tok_s).toBe(impossible.ceiling_tok_s);
  });

  it('waits for pages that do not fit, between a whole read-ahead a fault and single random reads', () => {
    const disk = { directory: '/models', mount: '/', nvme_rand_qd1_read_mbps: 60, mapped_fault_us: 100 };
    const profile: Profile = {
      ...profileWith({ disks: [disk] }),
      provenance: {
        '/hardware/disks/0/mapped_fault_us': {
          method: 'fio',
          conditions: { read_ahead_kib: 128 },
          samples: null,
          measured_at: null,
          reason: null,
        },
      },
    };
    const half = forecastDecode(llama, profile, host, 0, { share: 0.5 });
    const paged = 4.617e9 / 2;
    expect(1 / half.ceiling_tok_s!).toBeCloseTo((paged / (128 * 1024)) * 100e-6 + paged / 50e9, 2);
    expect(1 / half.forecast_tok_s!).toBeGreaterThan(paged / 60e6);
    const blind = forecastDecode(llama, profileWith(), host, 0, { share: 0.5 });
    expect(blind).toMatchObject({ forecast_tok_s: null, missing: ['/hardware/disks'] });
  });
});
