import type { Finding } from '../finding';
import type { Gpu, Profile } from '../profile/schema';
import { formatMib } from '../report/format';

type Judge = (gpu: Gpu, pointer: string) => Finding | null;

/** Drivers keep 1 to 3 % for themselves (a 24 GiB card: 420 MiB); more is lost to something that can be changed. */
const MUCH_RESERVED = 0.05;
/** Two desktops and a browser take less than this of a card. */
const MUCH_TAKEN = 0.25;

/** Links that are narrower or slower than they could be, memory that cannot be had, drivers that do not fit. */
export function diagnoseGpus({ hardware, provenance }: Profile): readonly Finding[] {
  if (hardware.gpus === null) return mismatch(provenance['/hardware/gpus']?.reason ?? '');
  const judges: readonly Judge[] = [narrow, slow, divided, reserved, taken];
  const each = hardware.gpus.flatMap((gpu, position) =>
    judges.map((judge) => judge(gpu, `/hardware/gpus/${position}`)),
  );
  return [...each.filter((finding) => finding !== null), ...differentDrivers(hardware.gpus)];
}

function mismatch(reason: string): readonly Finding[] {
  if (!reason.startsWith('driver-mismatch')) return [];
  return [
    {
      severity: 'error',
      code: 'driver-mismatch',
      path: '/hardware/gpus',
      message:
        'The NVIDIA driver that is loaded and the library that talks to it are of different versions, so no program can use a GPU.',
      remedy:
        'Restart the machine, which loads the driver that was installed last; in a container, start it anew.',
    },
  ];
}

const narrow: Judge = (gpu, pointer) => {
  const { pcie_width: width, pcie_width_max: most } = gpu;
  if (width === null || most === null || width >= most) return null;
  return {
    severity: 'warning',
    code: 'pcie-narrow',
    path: `${pointer}/pcie_width`,
    message: `${nameOf(gpu)} runs on ${width} of ${most} lanes.`,
    remedy: 'Move it to a full-length slot, or expect slow prefill with experts in host memory.',
  };
};

/** Only under load: an idle card lowers its link to save power. */
const slow: Judge = (gpu, pointer) => {
  const { pcie_gen: generation, pcie_gen_max: most } = gpu;
  if (gpu.pcie_sampled_under_load !== true || generation === null || most === null || generation >= most)
    return null;
  return {
    severity: 'warning',
    code: 'pcie-slow',
    path: `${pointer}/pcie_gen`,
    message: `The link of ${nameOf(gpu)} ran at PCIe generation ${generation} under load, where card and slot allow ${most}.`,
    remedy:
      'Look for a generation that the firmware fixes, a riser cable, or power saving (PCIe ASPM), and seat the card anew.',
  };
};

const divided: Judge = (gpu, pointer) => {
  if (gpu.mig !== true) return null;
  return {
    severity: 'warning',
    code: 'mig-enabled',
    path: `${pointer}/mig`,
    message: `${nameOf(gpu)} is divided by MIG: a program sees one slice of its memory.`,
    remedy: 'Turn MIG off (nvidia-smi -mig 0, as root) to use the whole card.',
  };
};

const reserved: Judge = (gpu, pointer) => {
  const { vram_reserved_mib: kept, vram_total_mib: total } = gpu;
  if (kept === null || total === null || kept <= MUCH_RESERVED * total) return null;
  return {
    severity: 'info',
    code: 'vram-reserved',
    path: `${pointer}/vram_reserved_mib`,
    message: `The driver keeps ${formatMib(kept)} of the ${formatMib(total)} of ${nameOf(gpu)} for itself.`,
    remedy: 'ECC and virtualisation take memory: `nvidia-smi -q` shows whether they are on.',
  };
};

const taken: Judge = (gpu, pointer) => {
  const { vram_free_mib: free, vram_total_mib: total } = gpu;
  if (free === null || total === null || gpu.memory_kind === 'unified') return null;
  const used = total - free - (gpu.vram_reserved_mib ?? 0);
  if (used <= MUCH_TAKEN * total) return null;
  return {
    severity: 'info',
    code: 'vram-taken',
    path: `${pointer}/vram_free_mib`,
    message: `When it was measured, other programs held ${formatMib(used)} of the ${formatMib(total)} of ${nameOf(gpu)}.`,
    remedy: 'End them and measure again, to plan with the whole card.',
  };
};

function differentDrivers(gpus: readonly Gpu[]): readonly Finding[] {
  const versions = new Set(
    gpus
      .filter(({ vendor }) => vendor === 'nvidia')
      .map(({ driver_version: version }) => version)
      .filter((version) => version !== null),
  );
  if (versions.size < 2) return [];
  return [
    {
      severity: 'warning',
      code: 'drivers-differ',
      path: '/hardware/gpus',
      message: `The NVIDIA cards name different drivers: ${[...versions].join(', ')}.`,
      remedy: 'Restart the machine, and measure again.',
    },
  ];
}

function nameOf(gpu: Gpu): string {
  return gpu.name ?? `GPU ${gpu.index}`;
}
