import type { Gpu, Profile } from '../../profile/schema';
import { type BytesPerSecond, fromGbps } from '../../units';
import type { Range } from './prior';

/** Operations a second that a device may reach with prompts by what its maker publishes. */
export interface PublishedRate {
  /** As rows of memory name it. */
  readonly device: string;
  readonly operations: Range;
}

/** How the provenance of a figure of a catalog begins (`core/catalog/gpus/profile-with-gpus.ts`). */
const CATALOG_METHOD = 'catalog';

/**
 * Share of a card's published dense FP16 rate that llama.cpp reaches with prompts of quantised models: hosted models by others
 * put it at 0.15; recalled llama-bench figures of large cards lie between 0.15 and, with 8-bit matrix units, the whole. Assumed,
 * and wide; it stands only for a card from a catalog, of which nothing is measured.
 */
const PUBLISHED_SHARE: Range = { slow: 0.05, expected: 0.25, fast: 1 };

/** What cards of a catalog may compute by their published FP16 rate; nothing of the machine's own, which was not measured. */
export function publishedRates(profile: Profile): readonly PublishedRate[] {
  return (profile.hardware.gpus ?? []).flatMap((gpu, position) => {
    const tflops = gpu['compute_fp16_tflops'];
    if (typeof tflops !== 'number' || tflops <= 0 || !isFromCatalog(profile, position)) return [];
    const rate = tflops * 1e12;
    const operations = scaled(PUBLISHED_SHARE, rate);
    return [{ device: `gpu${position}`, operations }];
  });
}

function isFromCatalog(profile: Profile, position: number): boolean {
  return profile.provenance[`/hardware/gpus/${position}/name`]?.method === CATALOG_METHOD;
}

/** How fast host weights reach a device. */
export interface LinkRate {
  readonly device: string;
  /** Null: not measured; `field` then says which. */
  readonly bytesPerSecond: BytesPerSecond | null;
  readonly field: string;
  readonly basis: 'measured' | 'assumed';
}

/** 10^9 bytes a second of one PCIe lane after its line code, by generation (PCI-SIG: 2.5, 5, 8, 16, 32, 64 GT/s). */
const LANE_GBPS = [0, 0.25, 0.5, 0.985, 1.969, 3.938, 7.563] as const;
/** What is left of a link's rate after packet headers: measured x16 links of generations 3 to 5 give 80 to 85 % of it. */
const LINK_SHARE = 0.82;

/** Measured rates from host to device; of a catalog's card what its link could give. */
export function linkRates(profile: Profile): readonly LinkRate[] {
  return (profile.hardware.gpus ?? []).map((gpu, position) => {
    const measured = fromGbps(gpu.pcie_h2d_gbps);
    const assumed = measured === null && isFromCatalog(profile, position) ? linkOf(gpu) : null;
    return {
      device: `gpu${position}`,
      bytesPerSecond: positive(measured) ?? assumed,
      field: `/hardware/gpus/${position}/pcie_h2d_gbps`,
      basis: assumed === null ? 'measured' : 'assumed',
    };
  });
}

function linkOf({ pcie_gen_max: generation, pcie_width_max: lanes }: Gpu): BytesPerSecond | null {
  if (generation === null || lanes === null) return null;
  return fromGbps((LANE_GBPS[generation] ?? 0) * lanes * LINK_SHARE) || null;
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

function scaled({ slow, expected, fast }: Range, by: number): Range {
  return { slow: slow * by, expected: expected * by, fast: fast * by };
}
