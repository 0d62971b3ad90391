import type { Finding } from '../finding';

/** Signs of GPUs that need no tool. Null where this system has no such place to look. */
export interface GpuEvidence {
  /** Text of /proc/driver/nvidia/version. */
  readonly driverVersion: string | null;
  /** Names like `nvidia0` in /dev. `nvidiactl` is no sign: asking without a driver creates it. */
  readonly deviceFiles: readonly string[];
  /** PCI vendor ids (`0x10de`) of the display controllers on the bus and of the cards that the kernel drives. */
  readonly displayVendors: readonly string[] | null;
  /** Whether WSL passes a GPU through. */
  readonly dxg: boolean;
  /** Whether Windows has NVIDIA's CUDA library. */
  readonly nvcuda: boolean;
  /** Whether this is a Mac with Apple's own GPU. */
  readonly apple: boolean;
}

const NVIDIA = '0x10de';

/** Makers whose GPUs run models, and are not measured yet. */
const OTHER_VENDORS: ReadonlyMap<string, string> = new Map([
  ['0x1002', 'AMD'],
  ['0x8086', 'Intel'],
  ['0x106b', 'Apple'],
]);

/** What speaks for an NVIDIA card being here, in words; empty where nothing does. */
export function signsOfNvidia(evidence: GpuEvidence): readonly string[] {
  return [
    evidence.driverVersion === null ? null : 'a loaded driver (/proc/driver/nvidia/version)',
    evidence.deviceFiles.length === 0 ? null : `device files (/dev/${evidence.deviceFiles[0]})`,
    evidence.displayVendors?.includes(NVIDIA) ? 'an NVIDIA display controller on the PCI bus' : null,
    evidence.dxg ? 'a GPU passed through by WSL (/dev/dxg)' : null,
    evidence.nvcuda ? "NVIDIA's CUDA library (nvcuda.dll)" : null,
  ].filter((sign) => sign !== null);
}

/** Where was looked, for the provenance of an empty list. */
export function placesLookedAt(evidence: GpuEvidence): string {
  const bus = evidence.displayVendors === null ? [] : ['PCI bus'];
  return ['nvidia-smi (not installed)', ...bus, 'driver and device files'].join(', ');
}

/** One finding a maker whose GPU is here and is not measured yet. */
export function unmeasuredGpus(evidence: GpuEvidence): readonly Finding[] {
  const vendors = new Set(evidence.displayVendors ?? []);
  if (evidence.apple) vendors.add('0x106b');
  return [...OTHER_VENDORS]
    .filter(([id]) => vendors.has(id))
    .map(([id, name]) => ({
      severity: 'info',
      code: 'gpu-not-measured',
      path: '/hardware/gpus',
      message: `There is a GPU by ${name} (PCI vendor ${id}), which Plimsoll does not measure yet: plans leave it unused.`,
      remedy: null,
    }));
}

/** The finding for a card that is here while nvidia-smi, which would measure it, is not. */
export function toolMissing(signs: readonly string[]): Finding {
  return {
    severity: 'warning',
    code: 'nvidia-smi-missing',
    path: '/hardware/gpus',
    message: `There are signs of an NVIDIA GPU, ${signs.join(' and ')}, but nvidia-smi was not found to ask it.`,
    remedy:
      "Install the NVIDIA driver's tools (Debian and Ubuntu: nvidia-utils or nvidia-smi; in a container: NVIDIA_DRIVER_CAPABILITIES=compute,utility).",
  };
}
