import type { Finding } from '../finding';
import type { GpuReading } from '../profile/readings';
import type { MeasuredDevice, NvidiaAnswers } from './nvidia-answers';
import { gpuOfDevice, withCuda } from './nvidia-cuda';
import { gpuOfCard } from './nvidia-nvml';
import { valueOf, type NvmlCard } from './nvidia-protocol';
import { compareAddresses, normalBusId } from './nvidia-smi-rows';

/** Figures that do not move between two questions, and how far they may lie apart: nvidia-smi rounds to MiB. */
const COMPARED = [
  ['name', 0],
  ['driver_version', 0],
  ['compute_capability', 0],
  ['mig', 0],
  ['vram_total_mib', 2],
  ['pcie_gen_max', 0],
  ['pcie_width_max', 0],
] as const;

interface Joined {
  readonly gpu: GpuReading;
  readonly card: NvmlCard | null;
  /** What nvidia-smi said of the same card, where it did. */
  readonly smi: GpuReading | null;
  readonly nvml: GpuReading | null;
}

/**
 * Every card that NVML, nvidia-smi or CUDA shows, in PCI order: NVML's figures, nvidia-smi's where it has none, and what
 * CUDA measured. They are the same card by UUID or place on the bus, never by position, which differs between them.
 */
export function joinGpus(
  answers: NvidiaAnswers,
  smi: readonly GpuReading[],
  at: string,
): { readonly gpus: readonly GpuReading[]; readonly findings: readonly Finding[] } {
  const cards = joinCards(answers, smi, at);
  const alone = answers.devices
    .filter((measured) => !cards.some(({ gpu, card }) => isSame(gpu, card, measured)))
    .map((measured) => ({ gpu: gpuOfDevice(measured, answers, at), card: null, smi: null, nvml: null }));
  const ordered = [...cards, ...alone].sort((left, right) =>
    compareAddresses(left.gpu.pci_bus_id.value, right.gpu.pci_bus_id.value),
  );
  const findings: Finding[] = [];
  const gpus: GpuReading[] = [];
  for (const [index, { gpu, card, smi: second, nvml: first }] of ordered.entries()) {
    if (first && second) findings.push(...disagreements(first, second, index));
    const measured = answers.devices.find((device) => isSame(gpu, card, device)) ?? null;
    gpus.push({ ...withCuda(gpu, measured, card, answers, at), index });
  }
  return { gpus, findings };
}

function joinCards(answers: NvidiaAnswers, smi: readonly GpuReading[], at: string): readonly Joined[] {
  const rest = new Set(smi);
  const joined = answers.cards.map((card): Joined => {
    const nvml = gpuOfCard(card, answers, at);
    const same = [...rest].find((other) => isSameCard(nvml, other)) ?? null;
    if (same !== null) rest.delete(same);
    return { gpu: same === null ? nvml : merge(nvml, same), card, smi: same, nvml };
  });
  return [...joined, ...[...rest].map((gpu) => ({ gpu, card: null, smi: gpu, nvml: null }))];
}

function isSameCard(left: GpuReading, right: GpuReading): boolean {
  const byUuid = left.uuid.value !== null && left.uuid.value === right.uuid.value;
  return byUuid || (left.pci_bus_id.value !== null && left.pci_bus_id.value === right.pci_bus_id.value);
}

function isSame(gpu: GpuReading, card: NvmlCard | null, { device }: MeasuredDevice): boolean {
  const uuid = valueOf(device.uuid);
  const own = [gpu.uuid.value, ...(card?.slices ?? []).map((slice) => valueOf(slice.uuid))];
  if (uuid !== null && own.some((one) => one?.replace(/^(GPU|MIG)-/, '') === uuid)) return true;
  const place = normalBusId(valueOf(device.bus_id) ?? '');
  return place !== null && place === gpu.pci_bus_id.value;
}

/** NVML's figure, or nvidia-smi's where only that is known; figures that belong together come from one source. */
function merge(nvml: GpuReading, smi: GpuReading): GpuReading {
  const entries = Object.entries(nvml).map(([field, figure]) => {
    const other = smi[field as keyof GpuReading];
    const better = isUnknown(figure) && !isUnknown(other);
    return [field, better ? other : figure] as const;
  });
  const merged = Object.fromEntries(entries) as unknown as GpuReading;
  const link = merged.pcie_gen === nvml.pcie_gen ? nvml : smi;
  const memory = merged.vram_total_mib === nvml.vram_total_mib ? nvml : smi;
  return {
    ...merged,
    pcie_sampled_under_load: link.pcie_sampled_under_load,
    vram_free_mib: memory.vram_free_mib,
    vram_source: memory.vram_source,
  };
}

function isUnknown(figure: unknown): boolean {
  return typeof figure === 'object' && figure !== null && 'value' in figure && figure.value === null;
}

function disagreements(nvml: GpuReading, smi: GpuReading, index: number): readonly Finding[] {
  return COMPARED.flatMap(([field, tolerance]) => {
    const [left, right] = [nvml[field].value, smi[field].value];
    if (left === null || right === null || isNear(left, right, tolerance)) return [];
    return [
      {
        severity: 'warning' as const,
        code: 'gpu-sources-disagree',
        path: `/hardware/gpus/${index}/${field}`,
        message: `NVML says ${String(left)} for ${field} of GPU ${index}, and nvidia-smi says ${String(right)}; NVML's is kept.`,
        remedy:
          'Make sure that only one NVIDIA driver is installed: its library and its nvidia-smi are not of one version.',
      },
    ];
  });
}

function isNear(
  left: string | number | boolean,
  right: string | number | boolean,
  tolerance: number,
): boolean {
  if (typeof left === 'number' && typeof right === 'number') return Math.abs(left - right) <= tolerance;
  return left === right;
}
