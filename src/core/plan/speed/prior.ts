import type { Profile } from '../../profile/schema';
import type { Rate } from './rates';
import type { QuantFamily, Read } from './schema';

/** Three shares of a bandwidth, or three times: the slow end of an interval, what is to be expected, the fast end. */
export interface Range {
  readonly slow: number;
  readonly expected: number;
  readonly fast: number;
}

/**
 * Share of a measured bandwidth that llama.cpp's decoding reaches where nothing was learnt here. Published runs reach 40 to
 * 85 %; own ones on host memory 83 to 94 % (docs/spec/throughput.md). So the fast end is nearly the whole bandwidth, and the
 * slow end lies below the published one, because a mixture's or a small model's matrices are read in short pieces.
 */
export const WEIGHTS_PRIOR: Range = { slow: 0.35, expected: 0.65, fast: 0.97 };

/** Types whose numbers are looked up or unpacked at length are bound by arithmetic on a CPU: far slower there, at times. */
const SLOW_FAMILIES: ReadonlySet<QuantFamily> = new Set(['iq', 'fp4', 'ternary']);
const SLOW_ON_HOST: Range = { slow: 0.12, expected: 0.45, fast: 0.97 };

/**
 * On a device llama.cpp's own table (`tools/quantize/README.md`, Llama 3.1 8B) has F16 at 469 GB/s, Q8_0 at 93 % of that, Q4_K_M at
 * 76 %, Q2_K at 54 %, IQ2_XXS at 41 % and IQ1_S at 34 %.
 */
const LOOKED_UP_ON_DEVICE: Range = { slow: 0.25, expected: 0.5, fast: 0.97 };

/** Attention reads a cache in short rows and computes on every one; published runs lose half their speed at depth, or none. */
const CACHE_PRIOR: Range = { slow: 0.15, expected: 0.5, fast: 0.97 };
/** A CPU takes far longer for the arithmetic of attention than for its bytes: own runs read a cache at 3 to 10 % of the bandwidth. */
const CACHE_ON_HOST: Range = { slow: 0.02, expected: 0.2, fast: 0.97 };

/** A quick or a disturbed measurement may be below what a quiet machine gives: no share of it is out of reach. */
const ROUGH: Pick<Range, 'slow' | 'fast'> = { slow: 0.8, fast: 1 };

/** One wait for the other side: two kernel launches and two small copies at the least, a busy pool of threads at worst. */
export const ROUND_TRIP_SECONDS: Range = { slow: 400e-6, expected: 60e-6, fast: 0 };
/** Activations of one token from one device to another. */
export const HOP_SECONDS: Range = { slow: 200e-6, expected: 30e-6, fast: 0 };
/** Starting the kernels (or gathering the threads) of one block. */
export const BLOCK_SECONDS: Range = { slow: 60e-6, expected: 15e-6, fast: 0 };

/** The token itself: the graph is set up, the logits come back, one of them is taken. */
export const TOKEN_SECONDS: Range = { slow: 500e-6, expected: 100e-6, fast: 0 };
/** The same where the host computes: its threads are gathered, and others wait for them. Receipts of two cores put it at 4 to 5 ms. */
export const HOST_TOKEN_SECONDS: Range = { ...TOKEN_SECONDS, slow: 5e-3 };

/**
 * Share of the measured rate at which host weights are copied to a device: the measurement is from pinned memory; a mapped file
 * is not pinned and the driver stages it, at about half of that and at worst a quarter (recalled, unverified).
 */
export const COPY_SHARE: Range = { slow: 0.25, expected: 0.5, fast: 1 };

/** Passes of one measurement further apart than this share of their median were disturbed (`bandwidth-noisy`). */
const MOST_SPREAD = 0.15;

/** Share of its bandwidth that one read reaches, before any receipt. */
export function priorShare(read: Read, rate: Rate | undefined): Range {
  const base = baseShare(read);
  const { slow, expected, fast } =
    rate?.rough === true ? { ...base, slow: base.slow * ROUGH.slow, fast: ROUGH.fast } : base;
  // one thread reads no less than its share of what all read, and often more
  const threads = rate?.threadShare ?? 1;
  return { slow: slow * threads, expected: expected * Math.sqrt(threads), fast };
}

function baseShare({ kind, device, family }: Read): Range {
  if (kind === 'cache' && device === 'host') return CACHE_ON_HOST;
  if (kind !== 'weights') return CACHE_PRIOR;
  if (!SLOW_FAMILIES.has(family)) return WEIGHTS_PRIOR;
  return device === 'host' ? SLOW_ON_HOST : LOOKED_UP_ON_DEVICE;
}

/**
 * Whether a measured bandwidth may be lower than what the memory gives: a quick look, few or unlike passes, or nothing recorded
 * of how it was taken.
 */
export function isRough(profile: Profile, field: string): boolean {
  const provenance = profile.provenance[field];
  if (provenance === undefined || provenance.conditions?.['extent'] === 'quick') return true;
  const { samples } = provenance;
  return samples === null || (samples.max - samples.min) / samples.median > MOST_SPREAD;
}
