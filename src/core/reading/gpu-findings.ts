import type { Finding } from '../finding';
import type { GpuReading } from '../profile/readings';

/** What is worth telling about these cards. `slicesOf` gives the names of the MIG slices of the card with this UUID. */
export function gpuFindings(
  gpus: readonly GpuReading[],
  slicesOf: (uuid: string) => readonly string[],
): readonly Finding[] {
  return gpus.flatMap((gpu) =>
    [narrowLink(gpu), slowLink(gpu), divided(gpu, slicesOf), silent(gpu)].filter(
      (finding) => finding !== null,
    ),
  );
}

function nameOf(gpu: GpuReading): string {
  return gpu.name.value ?? `GPU ${gpu.index}`;
}

/** Width only: the generation falls at idle and rises under load, the width is how the slot is wired. */
function narrowLink(gpu: GpuReading): Finding | null {
  const [width, most] = [gpu.pcie_width.value, gpu.pcie_width_max.value];
  if (width === null || most === null || width >= most) return null;
  return {
    severity: 'warning',
    code: 'pcie-narrow',
    path: `/hardware/gpus/${gpu.index}/pcie_width`,
    message: `${nameOf(gpu)} runs on ${width} of ${most} lanes.`,
    remedy: 'Move it to a full-length slot, or expect slow prefill with experts in host memory.',
  };
}

/** Only where it was read under load: at idle the generation falls to save power. */
function slowLink(gpu: GpuReading): Finding | null {
  const [generation, most] = [gpu.pcie_gen.value, gpu.pcie_gen_max.value];
  if (gpu.pcie_sampled_under_load.value !== true || generation === null || most === null) return null;
  if (generation >= most) return null;
  return {
    severity: 'warning',
    code: 'pcie-slow',
    path: `/hardware/gpus/${gpu.index}/pcie_gen`,
    message: `${nameOf(gpu)} copies over PCIe generation ${generation}, though ${most} would be possible.`,
    remedy: 'Look in the firmware setup for the speed of its slot, and for a power limit or a riser cable.',
  };
}

function divided(gpu: GpuReading, slicesOf: (uuid: string) => readonly string[]): Finding | null {
  if (gpu.mig.value !== true) return null;
  const slices = gpu.uuid.value === null ? [] : slicesOf(gpu.uuid.value);
  const into = slices.length === 0 ? '' : ` into ${slices.join(', ')}`;
  return {
    severity: 'warning',
    code: 'mig-enabled',
    path: `/hardware/gpus/${gpu.index}/mig`,
    message: `${nameOf(gpu)} is divided by MIG${into}: a program sees one slice${ofSlice(gpu) ? ', whose memory is given here' : ', and the figures here are of the whole card'}.`,
    remedy: 'Turn MIG off (nvidia-smi -mig 0, as root) to use the whole card.',
  };
}

function ofSlice(gpu: GpuReading): boolean {
  return gpu.vram_total_mib.provenance.conditions?.['mig_slice'] !== undefined;
}

/** A card that answers with errors where its memory should be. */
function silent(gpu: GpuReading): Finding | null {
  const reason = gpu.vram_total_mib.provenance.reason ?? '';
  if (!/^(gpu-lost|error|timeout|permission)/.test(reason)) return null;
  return {
    severity: 'warning',
    code: 'gpu-silent',
    path: `/hardware/gpus/${gpu.index}/vram_total_mib`,
    message: `${nameOf(gpu)} does not say how much memory it has: ${reason}.`,
    remedy: reason.startsWith('permission')
      ? 'Measure as a user who may read the card, or outside of the restricted container.'
      : 'Restart the machine if this stays, and look for Xid messages in the kernel log.',
  };
}
