import type { KvPrecision } from '../catalog/attention/schema';
import type { Bytes } from '../units';
import type { FleetModel } from './fleet-model';
import type { CachePolicy, Contexts } from './schema';
import { sessionBytes } from './session-bytes';

/** What sessions keep: the mean of one in bytes, and how far they differ. */
export interface SessionLoad {
  readonly mean: number;
  /** Standard deviation in bytes; 0 where all are alike. */
  readonly deviation: number;
  /** Bytes of a session of the effective context. */
  readonly longest: Bytes;
}

/** Shares of sessions up to each percentile, each counted as long as the top of its band: no session is counted too short. */
const bands = [
  ['p50', 0.5],
  ['p95', 0.45],
  ['p99', 0.04],
] as const;
/** The hundredth session: as long as the effective context. */
const LAST_SHARE = 0.01;

/**
 * Standard deviations above the mean that the sum of a node's sessions is allowed for: 99 of 100 times it stays below (normal
 * distribution of the sum of many).
 */
const QUANTILE_99 = 2.326;

/** What sessions of one length, or of a distribution of lengths, keep. */
export function sessionLoad(
  model: FleetModel,
  context: number,
  contexts: Contexts | null,
  precision: KvPrecision,
  policy: CachePolicy,
): SessionLoad {
  const bytesAt = (tokens: number): Bytes =>
    sessionBytes(model.layers, Math.min(tokens, context), precision, policy);
  const longest = bytesAt(context);
  if (contexts === null) return { mean: longest, deviation: 0, longest };
  const shares = [
    ...bands.map(([name, share]) => [bytesAt(contexts[name]), share] as const),
    [longest, LAST_SHARE] as const,
  ];
  const mean = shares.reduce((sum, [bytes, share]) => sum + bytes * share, 0);
  const variance = shares.reduce((sum, [bytes, share]) => sum + share * (bytes - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(variance), longest };
}

/**
 * Sessions that fit so many bytes. Alike: bytes over one. Different: the largest n whose sum stays within them 99 of 100 times,
 * n·mean + 2.326·deviation·√n ≤ bytes.
 */
export function sessionsWithin(bytes: number, { mean, deviation, longest }: SessionLoad): number {
  if (bytes < longest) return 0;
  if (deviation === 0) return Math.floor(bytes / mean);
  const spread = QUANTILE_99 * deviation;
  const root = (Math.sqrt(spread ** 2 + 4 * mean * bytes) - spread) / (2 * mean);
  return Math.max(1, Math.floor(root ** 2));
}
