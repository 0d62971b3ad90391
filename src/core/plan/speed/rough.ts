import type { Finding } from '../../finding';
import type { Profile } from '../../profile/schema';
import { formatGbps } from '../../report/format';
import { isRough } from './prior';
import { ratesOf } from './rates';
import type { DecodeTerms } from './schema';

/**
 * Bandwidths that a forecast rests on and that were measured in a quick look or on a busy machine: the memory may give more, and a
 * run then be faster than its ceiling. Nothing of figures whose measurement was not recorded.
 */
export function roughFindings(profile: Profile, terms: readonly DecodeTerms[]): readonly Finding[] {
  const used = new Set(terms.flatMap(({ reads }) => reads.map(({ device }) => device)));
  return ratesOf(profile)
    .filter(({ device, field }) => used.has(device) && isRough(profile, field))
    .flatMap(({ device, field }): Finding[] => {
      const provenance = profile.provenance[field];
      if (provenance === undefined || provenance.samples === null) return [];
      const { min, max } = provenance.samples;
      const where = device === 'host' ? 'host memory' : device;
      const how = provenance.conditions?.['extent'] === 'quick' ? 'in a quick look' : 'while it was busy';
      return [
        {
          severity: 'info',
          code: 'bandwidth-rough',
          path: null,
          message: `The bandwidth of ${where} was measured ${how}, between ${formatGbps(min)} and ${formatGbps(max)}: the real ceiling may be higher.`,
          remedy: 'Run `plimsoll probe` while nothing else runs.',
        },
      ];
    });
}
