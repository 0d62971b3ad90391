import type { Profile } from '../../profile/schema';
import { GB } from '../../units';
import type { Assumption, Speed } from '../schema';
import { linkRates, publishedRates } from './compute-rates';
import type { PrefillTerms } from './schema';

/** What a forecast of prompts takes from a card's data sheet; nothing where it rests on receipts or there is none. */
export function promptAssumptions(
  profile: Profile,
  prefill: Speed,
  terms: PrefillTerms | null,
): readonly Assumption[] {
  if (prefill.basis !== 'assumed' || terms === null) return [];
  const computing = new Set(terms.work.map(({ device }) => device));
  const rates = publishedRates(profile).filter(({ device }) => computing.has(device));
  const links = linkRates(profile).filter(
    ({ device, basis }) => basis === 'assumed' && terms.copies.some((copy) => copy.device === device),
  );
  return [
    ...rates.map(({ device, operations }): Assumption => ({
      name: `arithmetic of ${device}`,
      value: operations.fast / 1e12,
      unit: 'TFLOPS',
      basis: 'assumed',
      source: 'dense FP16 rate of its data sheet, of which prompts reach 5 to 100 %',
    })),
    ...links.map(({ device, bytesPerSecond }): Assumption => ({
      name: `rate of the link to ${device}`,
      value: bytesPerSecond === null ? null : bytesPerSecond / GB,
      unit: 'GB/s',
      basis: 'assumed',
      source: 'PCIe generation and lanes of its data sheet, less packet headers',
    })),
  ];
}
