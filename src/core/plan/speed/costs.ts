import { copyCost, countedCosts, readCost, workCost, type WorkKind } from '../../calibration/cost-names';
import type { Learnt, LearntRange } from '../../calibration/schema';
import type { LinkRate, PublishedRate } from './compute-rates';
import {
  BLOCK_SECONDS,
  COPY_SHARE,
  HOP_SECONDS,
  HOST_TOKEN_SECONDS,
  priorShare,
  type Range,
  ROUND_TRIP_SECONDS,
  TOKEN_SECONDS,
} from './prior';
import type { Rate } from './rates';
import { type DecodeTerms, quantFamilies, type Read } from './schema';

/** Seconds of one read at one end of what is known: learnt where receipts hold any like it, else the prior's share. */
export function readSeconds(read: Read, rate: Rate, learnt: Learnt | null, end: keyof Range): number {
  const cost = learnt?.cost(readCost(read)) ?? null;
  if (cost !== null) return read.bytes * cost[end];
  return read.bytes / (rate.bytesPerSecond! * priorShare(read, rate)[end]);
}

/** Seconds of a token that are no reading: waits between devices, the start of each block, the token itself. */
export function waitSeconds(
  terms: DecodeTerms,
  blocks: number,
  learnt: Learnt | null,
  end: keyof Range,
): number {
  const cost = (name: string, prior: Range): number => (learnt?.cost(name) ?? prior)[end];
  const onHost = terms.reads.some(({ device }) => device === 'host');
  return (
    terms.round_trips * cost(countedCosts.roundTrip, ROUND_TRIP_SECONDS) +
    terms.hops * cost(countedCosts.hop, HOP_SECONDS) +
    blocks * cost(countedCosts.block, BLOCK_SECONDS) +
    cost(countedCosts.token, onHost ? HOST_TOKEN_SECONDS : TOKEN_SECONDS)
  );
}

/** Another family's arithmetic on the same device: half as fast to twice as fast. */
const OTHER_FAMILY: Range = { slow: 2, expected: 1, fast: 0.5 };
/** Attention is computed far less evenly than matrices are. */
const AS_ATTENTION: Range = { slow: 4, expected: 1.5, fast: 0.5 };

/** Seconds of one operation: learnt, from the nearest kind of work on the device, else from a published rate; null where neither is. */
export function operationSeconds(
  work: WorkKind,
  learnt: Learnt | null,
  published: readonly PublishedRate[],
): LearntRange | null {
  const own = learnt?.cost(workCost(work)) ?? null;
  if (own !== null) return own;
  const near = learnt === null ? null : nearestWork(work, learnt);
  if (near !== null) return near;
  const rate = published.find(({ device }) => device === work.device);
  if (rate === undefined) return null;
  const { slow, expected, fast } = rate.operations;
  return { slow: 1 / slow, expected: 1 / expected, fast: 1 / fast };
}

function nearestWork(work: WorkKind, learnt: Learnt): LearntRange | null {
  for (const [kind, factor] of work.kind === 'attention'
    ? ([
        ['attention', OTHER_FAMILY],
        ['weights', AS_ATTENTION],
      ] as const)
    : ([['weights', OTHER_FAMILY]] as const)) {
    for (const family of quantFamilies) {
      const known = learnt.cost(workCost({ device: work.device, kind, family }));
      if (known !== null) return times(known, factor);
    }
  }
  return null;
}

/** Seconds of one byte copied to a device; null where the link was not measured. */
export function copySeconds(
  device: string,
  links: readonly LinkRate[],
  learnt: Learnt | null,
): LearntRange | null {
  const known = learnt?.cost(copyCost(device)) ?? null;
  if (known !== null) return known;
  const rate = links.find((link) => link.device === device)?.bytesPerSecond ?? null;
  if (rate === null) return null;
  const { slow, expected, fast } = COPY_SHARE;
  return { slow: 1 / (rate * slow), expected: 1 / (rate * expected), fast: 1 / (rate * fast) };
}

function times(range: LearntRange, factor: Range): LearntRange {
  return {
    slow: range.slow * factor.slow,
    expected: range.expected * factor.expected,
    fast: range.fast * factor.fast,
  };
}
