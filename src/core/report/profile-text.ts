import type { Disk, Gpu, Profile } from '../profile/schema';
import { formatGbps, formatGib, formatInteger, formatMib, formatUnknown } from './format';
import { DEFAULT_LAYOUT, findingLines, section, type Layout } from './layout';
import { wrapText } from './table';

type Row = readonly [label: string, text: string];
/** Why the field at a JSON pointer is null; null where the profile does not say. */
type ReasonAt = (pointer: string) => string | null;

/** Column at which values begin. */
const LABEL = 14;

/** What a machine measured as, for people. */
export function profileText(profile: Profile, layout: Layout = DEFAULT_LAYOUT): string {
  const reasonAt: ReasonAt = (pointer) => profile.provenance[pointer]?.reason ?? null;
  const rows = (list: readonly Row[]) => list.flatMap((row) => rowLines(row, layout));
  const lines = [
    `Measured ${profile.created} by ${profile.generator}`,
    ...section('Machine', rows([...platformRows(profile), ...cpuRows(profile, reasonAt)])),
    ...section('Memory', rows(memoryRows(profile, reasonAt))),
    ...section('GPUs', gpuLines(profile, reasonAt, rows)),
    ...section(
      'Disks',
      profile.hardware.disks.flatMap((disk, index) => rows(diskRows(disk, index, reasonAt))),
    ),
    ...section('Worth knowing', findingLines(profile.findings, layout)),
  ];
  return `${lines.join('\n')}\n`;
}

function rowLines([label, text]: Row, { width }: Layout): string[] {
  return wrapText(text, width - 2, ' '.repeat(LABEL), label.padEnd(LABEL));
}

function platformRows({ hardware: { platform } }: Profile): Row[] {
  const system = platform.os_release ?? platform.os ?? formatUnknown();
  const kernel = platform.kernel === null ? [] : [`kernel ${platform.kernel}`];
  const container = platform.in_container
    ? [`in a container${platform.container_runtime === null ? '' : ` (${platform.container_runtime})`}`]
    : [];
  const wsl = platform.wsl2 ? ['WSL2'] : [];
  return [
    ['System', [system, platform.arch ?? 'unknown architecture', ...kernel, ...wsl, ...container].join(', ')],
  ];
}

function cpuRows({ hardware: { cpu } }: Profile, reasonAt: ReasonAt): Row[] {
  const at = (field: string) => reasonAt(`/hardware/cpu/${field}`);
  const cores = formatInteger(cpu.physical_cores, at('physical_cores'));
  const threads = formatInteger(cpu.logical_cores, at('logical_cores'));
  return [
    ['CPU', cpu.name ?? formatUnknown(at('name'))],
    ['Cores', `${cores} physical, ${threads} logical`],
  ];
}

function memoryRows({ hardware: { memory } }: Profile, reasonAt: ReasonAt): Row[] {
  const at = (field: string) => reasonAt(`/hardware/memory/${field}`);
  const gib = (field: 'ram_total_gib' | 'ram_available_gib' | 'swap_total_gib') =>
    formatGib(memory[field], at(field));
  const method = memory.cpu_mem_bw_method;
  const bandwidth = formatGbps(memory.cpu_mem_bw_gbps, at('cpu_mem_bw_gbps'));
  return [
    ['RAM', `${gib('ram_total_gib')}, of which ${gib('ram_available_gib')} can be taken now`],
    ['Limit', limitText(memory.ram_limit_gib, at('ram_limit_gib'))],
    ['Swap', gib('swap_total_gib')],
    ['Bandwidth', method === null ? bandwidth : `${bandwidth} (${method})`],
    ...(memory.cpu_mem_copy_gbps === null
      ? []
      : [['', `${formatGbps(memory.cpu_mem_copy_gbps)} copying`] as const]),
  ];
}

function limitText(limit: number | null, reason: string | null): string {
  if (limit !== null) return formatGib(limit);
  return reason === null || reason.startsWith('no-limit') ? 'none' : formatUnknown(reason);
}

function gpuLines(profile: Profile, reasonAt: ReasonAt, rows: (list: readonly Row[]) => string[]): string[] {
  const { gpus } = profile.hardware;
  if (gpus === null) return [formatUnknown(reasonAt('/hardware/gpus'))];
  if (gpus.length === 0) return ['none found'];
  return gpus.flatMap((gpu, index) => rows(gpuRows(gpu, index, reasonAt)));
}

function gpuRows(gpu: Gpu, index: number, reasonAt: ReasonAt): Row[] {
  const at = (field: string) => reasonAt(`/hardware/gpus/${index}/${field}`);
  const driver = gpu.driver_version === null ? [] : [`driver ${gpu.driver_version}`];
  const compute = gpu.compute_capability === null ? [] : [`compute ${gpu.compute_capability}`];
  const total = formatMib(gpu.vram_total_mib, at('vram_total_mib'));
  const free = formatMib(gpu.vram_free_mib, at('vram_free_mib'));
  return [
    [`gpu${gpu.index}`, [gpu.name ?? formatUnknown(at('name')), ...driver, ...compute].join(', ')],
    ['', `memory ${total}, free ${free}, bandwidth ${formatGbps(gpu.vram_bw_gbps, at('vram_bw_gbps'))}`],
    ['', `PCIe ${linkText(gpu)}, host to device ${formatGbps(gpu.pcie_h2d_gbps, at('pcie_h2d_gbps'))}`],
  ];
}

function linkText(gpu: Gpu): string {
  if (gpu.pcie_gen === null || gpu.pcie_width === null) return formatUnknown();
  const most =
    gpu.pcie_gen_max === null || gpu.pcie_width_max === null
      ? ''
      : ` of at most gen ${gpu.pcie_gen_max} x${gpu.pcie_width_max}`;
  return `gen ${gpu.pcie_gen} x${gpu.pcie_width}${most}`;
}

function diskRows(disk: Disk, index: number, reasonAt: ReasonAt): Row[] {
  const at = (field: string) => reasonAt(`/hardware/disks/${index}/${field}`);
  const device = [disk.device, disk.fs_type].filter((part) => part !== null).join(', ');
  const name: Row = ['Folder', device === '' ? disk.directory : `${disk.directory} (${device})`];
  if (disk.refused !== null) return [name, ['', `not measured: ${disk.refused.message}`]];
  const iops = disk.nvme_rand_qd1_read_iops;
  const random =
    iops === null
      ? formatUnknown(at('nvme_rand_qd1_read_iops'))
      : `${formatInteger(iops)} reads a second, one at a time`;
  return [
    name,
    ['', `in sequence ${formatGbps(disk.nvme_seq_read_gbps, at('nvme_seq_read_gbps'))}, at random ${random}`],
  ];
}
