import { known, knownOr, missing } from '../figure';
import type { GpuReading } from '../profile/readings';
import { memoryBytes, mibOf, otherGpu, wholeNumberOf } from './other-gpus';

/** The files of an Intel GPU in sysfs; null for one that is absent. */
export interface IntelSysfsCard {
  readonly address: string;
  /** PCI id, e.g. `0x56a0`. */
  readonly deviceId: string | null;
  /** Kernel driver: `i915` or `xe`. */
  readonly driver: string | null;
  /** `tile0/physical_vram_size_bytes` (xe) or `lmem_total_bytes` (i915 with local memory). */
  readonly localTotal: string | null;
  /** `lmem_avail_bytes` (i915 with local memory). */
  readonly localFree: string | null;
}

const METHOD = 'i915 or xe sysfs';
/** Where Intel's processors have their graphics, since the first of them. */
const INTEGRATED = /^0000:00:02\.\d$/;
const INNER_BRIDGE = 'not-supported: an Intel card tells of the bridge inside it, not of its slot';

/**
 * A card of Intel's; null for graphics of the processor, which have no memory to plan with. Most drivers give no memory
 * figure: then the card is known to be there, and no more.
 */
export function gpuOfIntelCard(card: IntelSysfsCard, at: string): GpuReading | null {
  if (INTEGRATED.test(card.address)) return null;
  const source = { method: METHOD, at };
  const id = /^0x[\da-f]{4}$/.exec(card.deviceId?.trim() ?? '')?.[0] ?? null;
  const total = memoryBytes(wholeNumberOf(card.localTotal));
  const free = wholeNumberOf(card.localFree);
  const none = 'not-supported: the kernel driver gives no memory figure';
  const link = missing(INNER_BRIDGE, METHOD);
  return otherGpu(
    {
      vendor: known('intel', source),
      name: knownOr(id === null ? null : `Intel GPU ${id}`, source, 'not-supported: no PCI id'),
      pci_bus_id: known(card.address, source),
      memory_kind: known('dedicated', { method: 'its place on the PCI bus', at }),
      vram_total_mib: knownOr(mibOf(total), source, none),
      vram_free_mib: knownOr(
        total !== null && free !== null && free <= total ? mibOf(free) : null,
        source,
        none,
      ),
      vram_source: total === null ? missing(none, METHOD) : known(METHOD, source),
      driver_version: knownOr(card.driver, source, 'no-driver: no kernel driver has taken it'),
      pcie_gen: link,
      pcie_gen_max: link,
      pcie_width: link,
      pcie_width_max: link,
    },
    METHOD,
  );
}
