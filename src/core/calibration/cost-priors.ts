import { BLOCK_SECONDS, HOP_SECONDS, priorShare, ROUND_TRIP_SECONDS, type Range } from '../plan/speed/prior';
import type { Read } from '../plan/speed/schema';
import { countedCosts, isFamily } from './cost-names';
import type { LearntRange } from './schema';

/** What a cost is before any receipt. */
export interface CostPrior {
  /** Seconds of one unit. */
  readonly expected: number;
  /** It can be no less than this, in seconds; 0 where nothing bounds it. */
  readonly least: number;
  /** How far it may lie from what is expected, as a share of that. */
  readonly spread: number;
}

/** Bytes a second by device, as the machine was measured. */
export type Rates = Readonly<Record<string, number>>;

/**
 * A token's own cost: sampling, gathering threads, starting graphs. Receipts of two cores put it at 4 to 5 ms with llama.cpp's own tools
 * and at 13 ms with node-llama-cpp on all cores, where its other threads wait for those that compute; cards need far less.
 */
const TOKEN_SECONDS = { expected: 100e-6, spread: 50 } as const;
/** A measured bandwidth may be this much too low (`bandwidth-noisy` ones are told apart): no read is faster. */
const OVER_RATE = 1.15;
/** Shares of a bandwidth differ by half of what is expected between processors, types and threads. */
const READ_SPREAD = 0.5;
/** Attention computes on what it reads: on a CPU a cache costs many times what its bytes do. */
const CACHE_SPREAD = 5;
/** Counted costs are hardly known beforehand. */
const COUNTED_SPREAD = 2;

/** The prior of a cost; null where nothing is known of it beforehand (operations of a prompt). */
export function costPrior(name: string, rates: Rates): CostPrior | null {
  const byCount = countedPrior(name);
  if (byCount !== null) return byCount;
  const [verb, device, kind, family] = name.split(' ');
  const rate = device === undefined ? undefined : rates[device];
  if (verb !== 'read' || rate === undefined || !isKind(kind) || !isFamily(family)) return null;
  const read = { device: device!, kind, family, bytes: 1 };
  const share = priorShare(read, { device: device!, bytesPerSecond: rate, field: '', rough: false }).expected;
  return {
    expected: 1 / (rate * share),
    least: 1 / (rate * OVER_RATE),
    spread: kind === 'weights' ? READ_SPREAD : CACHE_SPREAD,
  };
}

/** The prior's range of a cost, in seconds; null where it says nothing. */
export function priorRange(name: string, rates: Rates): LearntRange | null {
  const prior = costPrior(name, rates);
  if (prior === null) return null;
  const { expected, least, spread } = prior;
  return { slow: expected * (1 + spread), expected, fast: Math.max(least, expected * (1 - spread), 0) };
}

function countedPrior(name: string): CostPrior | null {
  switch (name) {
    case countedCosts.roundTrip:
      return counted(ROUND_TRIP_SECONDS);
    case countedCosts.hop:
      return counted(HOP_SECONDS);
    case countedCosts.block:
      return counted(BLOCK_SECONDS);
    case countedCosts.token:
      return { ...TOKEN_SECONDS, least: 0 };
    default:
      return null;
  }
}

function counted({ expected }: Range): CostPrior {
  return { expected, least: 0, spread: COUNTED_SPREAD };
}

function isKind(word: string | undefined): word is Read['kind'] {
  return word === 'weights' || word === 'cache' || word === 'state';
}
