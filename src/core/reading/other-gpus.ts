import { missing, type Figure } from '../figure';
import type { GpuReading } from '../profile/readings';
import { MIB } from '../units';

const NOT_CUDA = 'not-measured: only CUDA devices are measured so far';
const NOT_TOLD = 'not-supported: this source does not tell';

/** A card without CUDA of which only `told` is known; its place in the list is set where lists are merged. */
export function otherGpu(
  told: Partial<Omit<GpuReading, 'index'>> & Pick<GpuReading, 'vendor'>,
  method: string,
): GpuReading {
  const none: Figure<never> = missing(NOT_TOLD, method);
  return {
    index: 0,
    name: none,
    uuid: none,
    pci_bus_id: none,
    memory_kind: none,
    vram_total_mib: none,
    vram_free_mib: none,
    vram_reserved_mib: none,
    vram_source: none,
    driver_version: none,
    cuda_version: missing('not-applicable: this card has no CUDA'),
    compute_capability: none,
    mig: missing('not-applicable: only NVIDIA cards divide so'),
    pcie_gen: none,
    pcie_gen_max: none,
    pcie_width: none,
    pcie_width_max: none,
    pcie_sampled_under_load: missing('not-measured: no link figure'),
    pcie_h2d_gbps: missing(NOT_CUDA),
    pcie_d2h_gbps: missing(NOT_CUDA),
    vram_bw_gbps: missing(NOT_CUDA),
    context_overhead_mib: missing(NOT_CUDA),
    ...told,
  };
}

/** MiB of a count of bytes, kept to the KiB; null stays null. */
export function mibOf(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes / 1024) / 1024;
}

/** A whole decimal number, strictly: null for anything else and for what is beyond exact. */
export function wholeNumberOf(text: string | null | undefined): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : null;
}

/** A card's memory in bytes; null for less than a MiB, which no card has. */
export function memoryBytes(bytes: number | null): number | null {
  return bytes !== null && bytes >= MIB ? bytes : null;
}

/** A name from a file or program: one line without control characters; null for an empty one and for `N/A`. */
export function nameOf(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const name = text.trim();
  return name === '' || name.length > 200 || /^n\/a$/i.test(name) || /\p{Cc}/u.test(name) ? null : name;
}
