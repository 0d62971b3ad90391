import { assertNever } from '../assert-never';
import { formatGbps, formatGib, formatInteger, formatMib, formatValue } from './format';

/** How a field of the Profile is called, and how its value is written. */
export interface FigureSpec {
  readonly field: string;
  readonly label: string;
  readonly kind: FigureKind;
  /** Shown large at the head of its card. */
  readonly headline?: true;
  /** Shown only when the whole card is wanted. */
  readonly detail?: true;
}

export type FigureKind = 'text' | 'count' | 'gib' | 'mib' | 'kib' | 'gbps' | 'mbps' | 'iops' | 'microseconds';

/** The value with its unit; the formats of the reports. `value` is what the Profile's schema let through, never null. */
export function formatFigure(kind: FigureKind, value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value !== 'number') return formatValue(value as string | boolean);
  switch (kind) {
    case 'gib':
      return formatGib(value);
    case 'mib':
      return formatMib(value);
    case 'kib':
      return `${formatInteger(value)} KiB`;
    case 'gbps':
      return formatGbps(value);
    case 'mbps':
      return `${formatValue(value)} MB/s`;
    case 'iops':
      return `${formatInteger(value)} reads/s`;
    case 'microseconds':
      return `${formatValue(value)} µs`;
    case 'count':
    case 'text':
      return formatValue(value);
    default:
      return assertNever(kind);
  }
}

export const platformSpecs: readonly FigureSpec[] = [
  { field: 'os_release', label: 'System', kind: 'text' },
  { field: 'kernel', label: 'Kernel', kind: 'text' },
  { field: 'arch', label: 'Architecture', kind: 'text' },
  { field: 'in_container', label: 'In a container', kind: 'text' },
  { field: 'container_runtime', label: 'Container runtime', kind: 'text', detail: true },
  { field: 'wsl2', label: 'WSL 2', kind: 'text', detail: true },
  { field: 'nvidia_runtime', label: 'NVIDIA container runtime', kind: 'text', detail: true },
  { field: 'uvm_oversubscription', label: 'CUDA can oversubscribe', kind: 'text', detail: true },
];

export const cpuSpecs: readonly FigureSpec[] = [
  { field: 'physical_cores', label: 'Physical cores', kind: 'count', headline: true },
  { field: 'logical_cores', label: 'Logical cores', kind: 'count', headline: true },
  { field: 'l3_mib', label: 'L3 cache', kind: 'mib' },
  { field: 'l2_mib', label: 'L2 cache', kind: 'mib', detail: true },
  { field: 'l1d_kib', label: 'L1 data cache', kind: 'kib', detail: true },
  { field: 'numa_nodes', label: 'NUMA nodes', kind: 'count' },
  { field: 'features', label: 'Instruction sets', kind: 'text' },
];

export const memorySpecs: readonly FigureSpec[] = [
  { field: 'ram_available_gib', label: 'Available', kind: 'gib', headline: true },
  { field: 'cpu_mem_bw_gbps', label: 'Read bandwidth', kind: 'gbps', headline: true },
  { field: 'cpu_mem_copy_gbps', label: 'Copy bandwidth', kind: 'gbps' },
  { field: 'ram_total_gib', label: 'Installed', kind: 'gib' },
  { field: 'ram_limit_gib', label: 'Limit set here', kind: 'gib' },
  { field: 'swap_total_gib', label: 'Swap', kind: 'gib' },
  { field: 'pinnable_ceiling_gib', label: 'Pinnable', kind: 'gib' },
  { field: 'pinnable_capped', label: 'Pinning stopped early', kind: 'text', detail: true },
  { field: 'pinnable_method', label: 'Pinned by', kind: 'text', detail: true },
  { field: 'memlock_gib', label: 'Lock limit', kind: 'gib', detail: true },
  { field: 'cpu_mem_bw_method', label: 'Bandwidth read by', kind: 'text', detail: true },
  { field: 'transparent_huge_pages', label: 'Transparent huge pages', kind: 'text', detail: true },
  { field: 'huge_pages_total', label: 'Huge pages set aside', kind: 'count', detail: true },
  { field: 'huge_pages_free', label: 'Huge pages free', kind: 'count', detail: true },
  { field: 'huge_page_mib', label: 'Size of a huge page', kind: 'mib', detail: true },
  { field: 'overcommit_memory', label: 'Overcommit mode', kind: 'count', detail: true },
];

export const gpuSpecs: readonly FigureSpec[] = [
  { field: 'vram_free_mib', label: 'Free memory', kind: 'mib', headline: true },
  { field: 'vram_bw_gbps', label: 'Memory bandwidth', kind: 'gbps', headline: true },
  { field: 'vram_total_mib', label: 'Memory', kind: 'mib' },
  { field: 'context_overhead_mib', label: 'CUDA context', kind: 'mib' },
  { field: 'pcie_h2d_gbps', label: 'To the device', kind: 'gbps' },
  { field: 'pcie_d2h_gbps', label: 'From the device', kind: 'gbps' },
  { field: 'pcie_gen', label: 'PCIe generation now', kind: 'count' },
  { field: 'pcie_width', label: 'PCIe lanes now', kind: 'count' },
  { field: 'pcie_gen_max', label: 'PCIe generation at most', kind: 'count', detail: true },
  { field: 'pcie_width_max', label: 'PCIe lanes at most', kind: 'count', detail: true },
  { field: 'pcie_sampled_under_load', label: 'Link read under load', kind: 'text', detail: true },
  { field: 'vram_reserved_mib', label: 'Reserved by the driver', kind: 'mib', detail: true },
  { field: 'memory_kind', label: 'Kind of memory', kind: 'text', detail: true },
  { field: 'vram_source', label: 'Memory read by', kind: 'text', detail: true },
  { field: 'driver_version', label: 'Driver', kind: 'text', detail: true },
  { field: 'cuda_version', label: 'CUDA', kind: 'text', detail: true },
  { field: 'compute_capability', label: 'Compute capability', kind: 'text', detail: true },
  { field: 'mig', label: 'MIG', kind: 'text', detail: true },
  { field: 'pci_bus_id', label: 'PCI address', kind: 'text', detail: true },
  { field: 'uuid', label: 'UUID', kind: 'text', detail: true },
];

export const diskSpecs: readonly FigureSpec[] = [
  { field: 'nvme_seq_read_gbps', label: 'Sequential read', kind: 'gbps', headline: true },
  { field: 'nvme_rand_qd1_lat_us', label: 'Random 4 KiB read', kind: 'microseconds', headline: true },
  { field: 'nvme_rand_qd1_read_iops', label: 'Random reads', kind: 'iops' },
  { field: 'nvme_rand_qd1_read_mbps', label: 'Random reads, bytes (RND4K Q1T1)', kind: 'mbps' },
  { field: 'mapped_fault_us', label: 'Page fault on a mapped file', kind: 'microseconds' },
  { field: 'mapped_rand_read_mbps', label: 'Mapped file, single pages', kind: 'mbps', detail: true },
  { field: 'seq1m_q8_gbps', label: 'SEQ1M Q8T1', kind: 'gbps', detail: true },
  { field: 'rnd4k_q32_mbps', label: 'RND4K Q32T1', kind: 'mbps', detail: true },
  { field: 'size_gib', label: 'Test file', kind: 'gib', detail: true },
  { field: 'fs_type', label: 'File system', kind: 'text' },
  { field: 'device', label: 'Device', kind: 'text', detail: true },
  { field: 'mount', label: 'Mounted at', kind: 'text', detail: true },
  { field: 'virtualised', label: 'Virtual disk', kind: 'text', detail: true },
];

const sections: Readonly<Record<string, readonly FigureSpec[]>> = {
  platform: platformSpecs,
  cpu: cpuSpecs,
  memory: memorySpecs,
  gpus: gpuSpecs,
  disks: diskSpecs,
};
const sectionNames: Readonly<Record<string, string>> = {
  platform: 'Platform',
  cpu: 'Processor',
  memory: 'Memory',
  gpus: 'GPU',
  disks: 'Disk',
};

/** Fields of a model that a speed can be missing for. */
const modelFields: Readonly<Record<string, string>> = {
  '/tensors': 'the sizes of the model’s tensors',
  '/layers': 'the model’s layers',
  '/experts/used': 'how many experts of the model a token uses',
};

/** How the figure at a JSON pointer is called and written; null where it is not known here. */
export function specAt(pointer: string): FigureSpec | null {
  const [, root, section = '', ...rest] = pointer.split('/');
  if (root !== 'hardware') return null;
  return sections[section]?.find(({ field }) => field === rest.at(-1)) ?? null;
}

/** The JSON pointer of a Profile's or Model's field in words, `GPU 1: memory bandwidth`; the pointer itself where it is not known here. */
export function describePointer(pointer: string): string {
  const ofModel = modelFields[pointer];
  if (ofModel !== undefined) return ofModel;
  if (pointer.startsWith(COMPUTE)) return computeOf(pointer.slice(COMPUTE.length));
  const [, root, section = '', ...rest] = pointer.split('/');
  const name = sectionNames[section];
  if (root !== 'hardware' || name === undefined) return pointer;
  const index = rest.length > 1 || /^\d+$/.test(rest[0] ?? '') ? ` ${rest[0]}` : '';
  const label = specAt(pointer)?.label;
  return label === undefined ? `${name}${index}` : `${name}${index}: ${withinSentence(label)}`;
}

/** Arithmetic of a device, which no instrument of a profile measures. */
const COMPUTE = '/compute/';

function computeOf(device: string): string {
  return `a measured prompt (plimsoll trial): how fast ${device === 'host' ? 'the processor' : device} computes is not known`;
}

/** A label with a small first letter, unless its first word is a name: CUDA, L1, PCIe. */
function withinSentence(label: string): string {
  const [first = ''] = label.split(' ');
  return /[\p{Lu}\d]/u.test(first.slice(1)) ? label : label.charAt(0).toLowerCase() + label.slice(1);
}
