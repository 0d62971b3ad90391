import { fromMib, GIB } from '../units';
import type { GpuSpec } from '../catalog/gpus/schema';
import { CATALOG_METHOD } from '../catalog/gpus/profile-with-gpus';
import type { Gpu, Profile } from '../profile/schema';
import type { Card } from './schema';

/** Share of a card's nominal memory that PyTorch sees: 0.98 to 0.99 in published logs (23.58 of 24, 79.22 of 80 GiB). */
const USABLE_SHARE = 0.98;
/** The same where error correction takes its part of graphics memory and is on by default (14.56 of 16, 44.4 of 48, 22.1 of 24 GiB). */
const CORRECTED_SHARE = 0.91;
/** Cards of data centres with graphics memory; those with stacked memory correct errors at no cost. */
const corrected = new Set(['t4', 'a2', 'a10', 'a40', 'l4', 'l20', 'l40', 'l40s', 'rtx-pro-6000-server']);

/** What PyTorch would see of a card that is only known by its data sheet, as a share of what it is sold with. */
function usableShare(spec: GpuSpec | null): number {
  return spec !== null && corrected.has(spec.id) ? CORRECTED_SHARE : USABLE_SHARE;
}

/** The cards of a profile as vLLM sees them; null where it could not look for cards. */
export function cardsOfProfile(profile: Profile, specs: readonly GpuSpec[] = []): readonly Card[] | null {
  const { gpus } = profile.hardware;
  return gpus === null ? null : gpus.map((gpu) => cardOf(gpu, sheetOf(gpu.name, specs)));
}

/** The same card of the catalog `count` times. */
export function cardsOfSpec(spec: GpuSpec, count: number): readonly Card[] {
  const memory = Math.round(spec.memory_gib * usableShare(spec) * GIB);
  const card: Card = {
    name: spec.name,
    memory_bytes: memory,
    free_bytes: null,
    bandwidth_gbps: spec.bandwidth_gbps,
    compute_tflops: spec.compute.bf16 ?? spec.compute.fp16,
    capability: capabilityOf(spec.compute_capability),
    nvlink: spec.nvlink !== null,
    link_gbps: linkOf(spec),
    source: 'catalog',
  };
  return Array.from({ length: count }, () => card);
}

/** The data sheet of a card by the name its driver has for it; null where no name is quite the same, as with cards sold in several forms. */
function sheetOf(name: string | null, specs: readonly GpuSpec[]): GpuSpec | null {
  if (name === null) return null;
  return specs.find((spec) => bareName(spec.name) === bareName(name)) ?? null;
}

function bareName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(?:nvidia|amd|intel)\b/u, '')
    .replace(/^\s*(?:geforce|radeon|tesla)\b/u, '')
    .trim();
}

/** Of a card measured here, the data sheet gives what no instrument does: its arithmetic and its links. */
function cardOf(gpu: Gpu, spec: GpuSpec | null): Card {
  const assumed = gpu.vram_source === CATALOG_METHOD;
  const total = fromMib(gpu.vram_total_mib);
  const reserved = fromMib(gpu.vram_reserved_mib) ?? 0;
  return {
    name: gpu.name ?? `GPU ${gpu.index}`,
    memory_bytes: total === null ? null : assumed ? Math.round(total * usableShare(spec)) : total - reserved,
    free_bytes: assumed ? null : fromMib(gpu.vram_free_mib),
    bandwidth_gbps: gpu.vram_bw_gbps,
    compute_tflops: spec?.compute.bf16 ?? spec?.compute.fp16 ?? null,
    capability: capabilityOf(gpu.compute_capability),
    nvlink: spec === null ? null : spec.nvlink !== null,
    link_gbps: gpu.pcie_h2d_gbps ?? (spec === null ? null : linkOf(spec)),
    source: assumed ? 'catalog' : 'measured',
  };
}

function capabilityOf(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

/** Usable bytes a second of one PCIe lane by generation, 10^9: line rate after coding, and 0.85 of it after packets. */
const LANE_GBPS = 0.985 * 0.85;

/** One direction: NVLink's figure counts both. */
function linkOf({ nvlink, pcie }: GpuSpec): number | null {
  if (nvlink !== null) return nvlink.gbps / 2;
  return pcie === null ? null : LANE_GBPS * 2 ** (pcie.generation - 3) * pcie.lanes;
}
