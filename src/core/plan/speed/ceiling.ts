import type { Rate } from './rates';
import type { DecodeTerms, Read } from './schema';

/** Seconds, or the fields that would have to be known. */
export type Seconds =
  | { readonly kind: 'known'; readonly seconds: number }
  | { readonly kind: 'unknown'; readonly missing: readonly string[] };

/**
 * Least time of one token: what it reads on each device over that device's measured bandwidth, one device after the other,
 * because layers wait for each other. Round trips and hops cost nothing here.
 */
export function ceilingSeconds(terms: DecodeTerms, rates: readonly Rate[]): Seconds {
  return sumReads(terms.reads, rates, () => 1);
}

/** The same with each read at a share of its bandwidth, 0 to 1. */
export function sumReads(
  reads: readonly Read[],
  rates: readonly Rate[],
  shareOf: (read: Read) => number,
): Seconds {
  const missing = new Set<string>();
  let seconds = 0;
  for (const read of reads) {
    const rate = rates.find(({ device }) => device === read.device);
    if (rate === undefined || rate.bytesPerSecond === null) {
      missing.add(rate?.field ?? `/hardware/gpus (${read.device})`);
    } else seconds += read.bytes / (rate.bytesPerSecond * shareOf(read));
  }
  return missing.size > 0 ? { kind: 'unknown', missing: [...missing] } : { kind: 'known', seconds };
}
