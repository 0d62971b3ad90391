import type { Rate } from './rates';
import type { DecodeTerms } from './schema';

/** Seconds, or the fields that would have to be known. */
export type Seconds =
  | { readonly kind: 'known'; readonly seconds: number }
  | { readonly kind: 'unknown'; readonly missing: readonly string[] };

/**
 * Least time of one token: what it reads on each device over that device's measured bandwidth, one device after the other,
 * because layers wait for each other. Round trips and hops cost nothing here.
 */
export function ceilingSeconds({ reads }: DecodeTerms, rates: readonly Rate[]): Seconds {
  const missing = new Set<string>();
  let seconds = 0;
  for (const { device, bytes } of reads) {
    const rate = rates.find((each) => each.device === device);
    if (rate === undefined || rate.bytesPerSecond === null) missing.add(rate?.field ?? '/hardware/gpus');
    else seconds += bytes / rate.bytesPerSecond;
  }
  return missing.size > 0 ? { kind: 'unknown', missing: [...missing] } : { kind: 'known', seconds };
}
