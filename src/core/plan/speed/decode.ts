import type { Model } from '../../model/schema';
import type { Profile } from '../../profile/schema';
import type { Speed } from '../schema';
import type { Settings } from '../settings';
import { type Seconds, ceilingSeconds, sumReads } from './ceiling';
import { areKnown, decodeTerms } from './decode-terms';
import { type PagedSeconds, pagedSeconds, type Paging } from './paging';
import { BLOCK_SECONDS, HOP_SECONDS, priorShare, type Range, ROUND_TRIP_SECONDS } from './prior';
import { type Rate, ratesOf } from './rates';
import type { DecodeTerms, Read } from './schema';
import { unknownSpeed } from './unknown-speed';

/** Tokens a second of decoding with `depth` tokens before it: the ceiling that measured bandwidths set, and an interval. */
export function forecastDecode(
  model: Model,
  profile: Profile,
  settings: Settings,
  depth: number,
  paging: Paging | null,
): Speed {
  const terms = decodeTerms(model, settings, depth);
  if (!areKnown(terms)) return unknownSpeed([terms.missing], depth);
  const rates = ratesOf(profile);
  const { inMemory, paged } = apart(terms, paging?.share ?? 0);
  const disk = pagedSeconds(model, profile, paged);
  const ceiling = ceilingSeconds(inMemory, rates);
  const missing = [...missingOf(ceiling), ...missingOf(disk)];
  if (missing.length > 0) return unknownSpeed(missing, depth);
  const least = secondsOf(ceiling) + leastOf(disk);
  if (least === 0) return unknownSpeed(['/tensors'], depth);
  const blocks = model.block_count ?? 0;
  const at = (end: keyof Range): number => secondsAt(inMemory, rates, blocks, end);
  return {
    ceiling_tok_s: 1 / least,
    forecast_tok_s: 1 / (at('expected') + expectedOf(disk)),
    low_tok_s: 1 / (at('slow') + expectedOf(disk)),
    high_tok_s: 1 / (at('fast') + leastOf(disk)),
    basis: 'prior',
    samples: 0,
    missing: [],
    depth,
    receipts: [],
  };
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
function secondsAt(terms: DecodeTerms, rates: readonly Rate[], blocks: number, end: keyof Range): number {
  const shareOf = (read: Read): number =>
    priorShare(
      read,
      rates.find(({ device }) => device === read.device),
    )[end];
  return (
    secondsOf(sumReads(terms.reads, rates, shareOf)) +
    terms.round_trips * ROUND_TRIP_SECONDS[end] +
    terms.hops * HOP_SECONDS[end] +
    blocks * BLOCK_SECONDS[end]
  );
}

function missingOf(seconds: Seconds | PagedSeconds): readonly string[] {
  return seconds.kind === 'unknown' ? seconds.missing : [];
}

function secondsOf(seconds: Seconds): number {
  return seconds.kind === 'known' ? seconds.seconds : 0;
}

function leastOf(disk: PagedSeconds): number {
  return disk.kind === 'known' ? disk.least : 0;
}

function expectedOf(disk: PagedSeconds): number {
  return disk.kind === 'known' ? disk.expected : 0;
}
