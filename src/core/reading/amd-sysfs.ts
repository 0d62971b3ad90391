import { known, knownOr, missing } from '../figure';
import type { Finding } from '../finding';
import type { GpuReading } from '../profile/readings';
import { memoryBytes, mibOf, nameOf, otherGpu, wholeNumberOf } from './other-gpus';
import { linkOfHops, type PciHop } from './pci-link';

/** The files of an AMD card in sysfs, as the amdgpu driver writes them; null for one that is absent. */
export interface AmdSysfsCard {
  /** As in the name of its folder: `0000:03:00.0`. */
  readonly address: string;
  /** `product_name`: server cards only. */
  readonly productName: string | null;
  /** `device`: PCI id, e.g. `0x744c`. */
  readonly deviceId: string | null;
  /** `unique_id`: from GFX9 on. */
  readonly uniqueId: string | null;
  /** `mem_info_vram_total` and so on, in bytes. */
  readonly vramTotal: string | null;
  readonly vramUsed: string | null;
  readonly visibleTotal: string | null;
  readonly gttTotal: string | null;
  /** Version of the kernel module, else null. */
  readonly driver: string | null;
  readonly hops: readonly PciHop[];
  /** `properties` of the card's node in `/sys/class/kfd/kfd/topology/nodes`. */
  readonly kfdProperties: string | null;
}

const METHOD = 'amdgpu sysfs';

/** A card by sysfs alone: no tool is needed for it. `at` is when it was read. */
export function gpuOfAmdCard(card: AmdSysfsCard, at: string): GpuReading {
  const source = { method: METHOD, at };
  const total = memoryBytes(wholeNumberOf(card.vramTotal));
  const used = wholeNumberOf(card.vramUsed);
  const free = total === null || used === null || used > total ? null : total - used;
  const link = linkOfHops(card.hops);
  const shared = sharesMemory(card.kfdProperties);
  const carveOut = { carve_out_mib: mibOf(total), gtt_mib: mibOf(wholeNumberOf(card.gttTotal)) };
  const noMemory = shared
    ? 'unified-memory: the GPU uses the memory of the machine'
    : 'not-supported: the driver does not tell (is it amdgpu?)';
  const vram = (bytes: number | null) =>
    shared ? missing(noMemory, METHOD) : knownOr(mibOf(bytes), source, noMemory);
  const uniqueId = /^[\da-f]{1,32}$/i.exec(card.uniqueId?.trim() ?? '')?.[0] ?? null;
  return otherGpu(
    {
      vendor: known('amd', source),
      name: knownOr(
        nameOf(card.productName) ?? deviceName(card.deviceId),
        source,
        'not-supported: no product name',
      ),
      uuid: knownOr(uniqueId, source, 'not-supported: no unique_id'),
      pci_bus_id: known(card.address, source),
      memory_kind: shared
        ? known('unified', { ...source, conditions: carveOut })
        : total === null
          ? missing(noMemory, METHOD)
          : known('dedicated', source),
      vram_total_mib: vram(total),
      vram_free_mib: vram(free),
      vram_source: total === null || shared ? missing(noMemory, METHOD) : known(METHOD, source),
      driver_version: knownOr(nameOf(card.driver), source, 'not-supported: amdgpu is part of the kernel'),
      compute_capability: knownOr(gfxName(card.kfdProperties), source, 'no-driver: not known to ROCm (kfd)'),
      pcie_gen: knownOr(link.generation, source, 'not-supported: no link speed'),
      pcie_gen_max: knownOr(link.generationMax, source, 'not-supported: no link speed'),
      pcie_width: knownOr(link.width, source, 'not-supported: no link width'),
      pcie_width_max: knownOr(link.widthMax, source, 'not-supported: no link width'),
      pcie_sampled_under_load:
        link.generation === null ? missing('not-measured: no link figure') : known(false, source),
    },
    METHOD,
  );
}

/** Tells of a card whose memory the processor sees only a window of: weights then take the long way. */
export function amdFindings(card: AmdSysfsCard, pointer: string): readonly Finding[] {
  const total = wholeNumberOf(card.vramTotal);
  const visible = wholeNumberOf(card.visibleTotal);
  if (total === null || visible === null || visible === 0 || visible >= total) return [];
  return [
    {
      severity: 'info',
      code: 'resizable-bar-off',
      path: `${pointer}/vram_total_mib`,
      message: `The processor sees ${mibOf(visible)} of the ${mibOf(total)} MiB of the card at ${card.address}: resizable BAR is off.`,
      remedy: 'Turn on "Resizable BAR" and "Above 4G decoding" in the firmware setup.',
    },
  ];
}

/** `gfx90a` of `gfx_target_version 90010`: major, minor and, in hexadecimal, stepping (kfd_topology.c). */
export function gfxName(kfdProperties: string | null): string | null {
  const version = property(kfdProperties, 'gfx_target_version');
  if (version === null || version < 70_000 || version > 999_999) return null;
  const [major, minor, stepping] = [
    Math.floor(version / 10_000),
    Math.floor(version / 100) % 100,
    version % 100,
  ];
  return minor > 15 || stepping > 15 ? null : `gfx${major}${minor.toString(16)}${stepping.toString(16)}`;
}

/** `0000:03:00.0` of a node's `domain` and `location_id` (bus, device and function in 16 bits); null for a processor's. */
export function kfdAddress(properties: string): string | null {
  const [domain, location] = [property(properties, 'domain'), property(properties, 'location_id')];
  if (location === null || location === 0 || (property(properties, 'simd_count') ?? 0) === 0) return null;
  const slot = `${hex((location >> 8) & 0xff, 2)}:${hex((location >> 3) & 0x1f, 2)}.${location & 7}`;
  return `${hex(domain ?? 0, 4)}:${slot}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** A node that has both processors and compute units is an APU. */
function sharesMemory(kfdProperties: string | null): boolean {
  const [cores, units] = [property(kfdProperties, 'cpu_cores_count'), property(kfdProperties, 'simd_count')];
  return (cores ?? 0) > 0 && (units ?? 0) > 0;
}

function property(properties: string | null, name: string): number | null {
  return wholeNumberOf(new RegExp(`^${name} (\\d{1,12})$`, 'm').exec(properties ?? '')?.[1]);
}

function deviceName(deviceId: string | null): string | null {
  return /^0x[\da-f]{4}$/.test(deviceId?.trim() ?? '') ? `AMD GPU ${deviceId!.trim()}` : null;
}
