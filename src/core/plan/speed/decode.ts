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
  const terms = decodeTerms(model, settings, depth);
  if (!areKnown(terms)) return unknownSpeed([terms.missing], depth);
  const rates = ratesOf(profile, threads);
  const { inMemory, paged } = apart(terms, paging?.share ?? 0);
  const disk = pagedSeconds(model, profile, paged);
  const ceiling = ceilingSeconds(inMemory, rates);
  const missing = [...missingOf(ceiling), ...missingOf(disk)];
  if (missing.length > 0) return unknownSpeed(missing, depth);
  const least = secondsOf(ceiling) + leastOf(disk);
  if (least === 0) return unknownSpeed(['/tensors'], depth);
  const blocks = model.block_count ?? 0;
  // Nothing is faster than the ceiling, whatever a receipt says.
  const at = (end: keyof Range, waited: number): number =>
    1 / Math.max(least, secondsAt(inMemory, rates, blocks, learnt, end) + waited);
  return {
    ceiling_tok_s: 1 / least,
    forecast_tok_s: at('expected', expectedOf(disk)),
    low_tok_s: at('slow', expectedOf(disk)),
    high_tok_s: at('fast', leastOf(disk)),
    basis: learnt === null ? 'prior' : 'receipts',
    samples: learnt?.samples ?? 0,
    missing: [],
    depth,
    receipts: [...(learnt?.receipts ?? [])],
    held: learnt?.held ?? null,
    step: learnt?.step ?? null,
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

function secondsOf(seconds: Seconds): number {
  return seconds.kind === 'known' ? seconds.seconds : 0;
}

function leastOf(disk: PagedSeconds): number {
  return disk.kind === 'known' ? disk.least : 0;
}

function expectedOf(disk: PagedSeconds): number {
  return disk.kind === 'known' ? disk.expected : 0;
}
