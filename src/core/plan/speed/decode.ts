import type { Learnt } from '../../calibration/schema';
import type { Model } from '../../model/schema';
import type { Profile } from '../../profile/schema';
import type { Speed } from '../schema';
import type { Settings } from '../settings';
import { type Seconds, ceilingSeconds } from './ceiling';
import { readSeconds, waitSeconds } from './costs';
import { areKnown, decodeTerms } from './decode-terms';
import { type PagedSeconds, pagedSeconds, type Paging } from './paging';
import type { Range } from './prior';
import { type Rate, ratesOf } from './rates';
import type { DecodeTerms, Read } from './schema';
import { unknownSpeed } from './unknown-speed';

/**
 * Tokens a second of decoding with `depth` tokens before it: the ceiling that measured bandwidths set, and an interval that holds
 * what receipts taught, or the prior where they are silent (`learnt` null: there are none of like conditions).
 */
export function forecastDecode(
  model: Model,
  profile: Profile,
  settings: Settings,
  depth: number,
  paging: Paging | null,
  learnt: Learnt | null = null,
  threads: number | null = null,
): Speed {
  const machine = { profile, rates: ratesOf(profile, threads) };
  const token = tokenOf(model, machine, settings, depth, paging, learnt);
  if ('missing' in token) return unknownSpeed(token.missing, depth);
  const { least, disk } = token;
  return {
    ceiling_tok_s: 1 / least,
    forecast_tok_s: rateAt(token, learnt, 'expected', disk.expected),
    low_tok_s: rateAt(token, learnt, 'slow', disk.expected),
    high_tok_s: rateAt(token, learnt, 'fast', disk.least),
    basis: learnt === null ? 'prior' : 'receipts',
    samples: learnt?.samples ?? 0,
    missing: [],
    depth,
    receipts: [...(learnt?.receipts ?? [])],
    held: learnt?.held ?? null,
    step: learnt?.step ?? null,
  };
}

/** A machine with the rates of its devices. */
export interface RatedMachine {
  readonly profile: Profile;
  readonly rates: readonly Rate[];
}

/** The forecast alone, as above, for who compares many placements; null where it is not known. */
export function expectedDecode(
  model: Model,
  machine: RatedMachine,
  settings: Settings,
  depth: number,
  paging: Paging | null,
  learnt: Learnt | null,
): number | null {
  const token = tokenOf(model, machine, settings, depth, paging, learnt);
  return 'missing' in token ? null : rateAt(token, learnt, 'expected', token.disk.expected);
}

/** What one token takes of a machine. */
interface Token {
  readonly inMemory: DecodeTerms;
  readonly rates: readonly Rate[];
  readonly blocks: number;
  readonly disk: Extract<PagedSeconds, { kind: 'known' }>;
  /** Seconds at the least. */
  readonly least: number;
}

function tokenOf(
  model: Model,
  { profile, rates }: RatedMachine,
  settings: Settings,
  depth: number,
  paging: Paging | null,
  learnt: Learnt | null,
): Token | { readonly missing: readonly string[] } {
  const terms = decodeTerms(model, settings, depth);
  if (!areKnown(terms)) return { missing: [terms.missing] };
  const { inMemory, paged } = apart(terms, paging?.share ?? 0);
  const disk = pagedSeconds(model, profile, paged);
  const ceiling = ceilingSeconds(inMemory, atTheMost(rates, learnt?.most_read ?? null));
  if (ceiling.kind === 'unknown' || disk.kind === 'unknown')
    return { missing: [...missingOf(ceiling), ...missingOf(disk)] };
  const least = ceiling.seconds + disk.least;
  if (least === 0) return { missing: ['/tensors'] };
  return { inMemory, rates, blocks: model.block_count ?? 0, disk, least };
}

/** Where host memory was read beside receipts to give more than when the machine was measured, that is its ceiling. */
function atTheMost(rates: readonly Rate[], mostRead: number | null): readonly Rate[] {
  if (mostRead === null) return rates;
  return rates.map((rate) => {
    const raised = rate.device === 'host' && rate.bytesPerSecond !== null && rate.bytesPerSecond < mostRead;
    return raised ? Object.assign({}, rate, { bytesPerSecond: mostRead }) : rate;
  });
}

/** Nothing is faster than the ceiling, whatever a receipt says. */
function rateAt(
  { inMemory, rates, blocks, least }: Token,
  learnt: Learnt | null,
  end: keyof Range,
  waited: number,
): number {
  return 1 / Math.max(least, secondsAt(inMemory, rates, blocks, learnt, end) + waited);
}

/** Host weights that do not fit are read from the disk instead. */
function apart(terms: DecodeTerms, share: number): { inMemory: DecodeTerms; paged: number } {
  if (share === 0) return { inMemory: terms, paged: 0 };
  let paged = 0;
  const reads = terms.reads.map((read): Read => {
    if (read.device !== 'host' || read.kind !== 'weights') return read;
    paged += read.bytes * share;
    return { ...read, bytes: read.bytes * (1 - share) };
  });
  return { inMemory: { ...terms, reads }, paged };
}

/** One token at one end of what is known of the machine; everything that the ceiling leaves out counts. */
function secondsAt(
  terms: DecodeTerms,
  rates: readonly Rate[],
  blocks: number,
  learnt: Learnt | null,
  end: keyof Range,
): number {
  let seconds = waitSeconds(terms, blocks, learnt, end);
  for (const read of terms.reads) {
    seconds += readSeconds(
      read,
      rates.find(({ device }) => device === read.device)!,
      learnt,
      end,
    );
  }
  return seconds;
}

function missingOf(seconds: Seconds | PagedSeconds): readonly string[] {
  return seconds.kind === 'unknown' ? seconds.missing : [];
}
