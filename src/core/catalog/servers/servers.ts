import { type CatalogSource, recalled } from '../source';
import type { ServerSpec } from './schema';

const READ_AT = '2026-11-21';
const dgxB200: CatalogSource = {
  url: 'https://docs.nvidia.com/dgx/dgxb200-user-guide/introduction-to-dgxb200.html',
  read_at: READ_AT,
  basis: 'published',
};
const basePod: CatalogSource = {
  url: 'https://docs.nvidia.com/dgx-basepod/reference-architecture-infrastructure-foundation-enterprise-ai/latest/core-components.html',
  read_at: READ_AT,
  basis: 'published',
};
/** The rows of the sizing that came before, as it publishes them. */
const sizingRows: CatalogSource = {
  url: 'https://github.com/alecatuae/calculadoraSizingInfraIA/blob/main/servers.json',
  read_at: READ_AT,
  basis: 'published',
};
const mi325x: CatalogSource = {
  url: 'https://docs.vultr.com/inference-cookbook/rocm/getting-started/hardware-requirements',
  read_at: READ_AT,
  basis: 'published',
};
const gb300Rack: CatalogSource = {
  url: 'https://verda.com/blog/gb300-nvl72-architecture',
  read_at: READ_AT,
  basis: 'published',
};

type Line = readonly [
  name: string,
  title: string,
  gpus: number,
  gpu: string,
  hbmPerGpuGb: number,
  nvlinkTbps: number | null,
  systemTb: number | null,
  source: CatalogSource,
];

const lines: readonly Line[] = [
  ['dgx-a100-320gb', 'DGX A100 320 GB', 8, 'a100-sxm-40gb', 40, 4.8, 1, recalled],
  ['dgx-a100-640gb', 'DGX A100 640 GB', 8, 'a100-sxm-80gb', 80, 4.8, 2, recalled],
  ['hgx-a100-4', 'HGX A100, four cards', 4, 'a100-sxm-80gb', 80, 2.4, null, recalled],
  ['hgx-a100-8', 'HGX A100, eight cards', 8, 'a100-sxm-80gb', 80, 4.8, null, recalled],
  ['dgx-h100', 'DGX H100', 8, 'h100-sxm', 80, 7.2, 2, basePod],
  ['hgx-h100-4', 'HGX H100, four cards', 4, 'h100-sxm', 80, 3.6, null, recalled],
  ['hgx-h100-8', 'HGX H100, eight cards', 8, 'h100-sxm', 80, 7.2, null, recalled],
  ['dgx-h200', 'DGX H200', 8, 'h200-sxm', 141, 7.2, 2, basePod],
  ['hgx-h200-8', 'HGX H200, eight cards', 8, 'h200-sxm', 141, 7.2, null, recalled],
  ['dgx-b200', 'DGX B200', 8, 'b200', 180, 14.4, 2, dgxB200],
  ['hgx-b200-8', 'HGX B200, eight cards', 8, 'b200', 180, 14.4, null, recalled],
  ['dgx-b300', 'DGX B300', 8, 'b300', 288, 14.4, 2, sizingRows],
  ['hgx-b300-8', 'HGX B300, eight cards', 8, 'b300', 288, 14.4, null, recalled],
  ['gb200-nvl72', 'GB200 NVL72, one rack', 72, 'gb200', 186, 130, 17, recalled],
  ['gb300-nvl72', 'GB300 NVL72, one rack', 72, 'gb300', 279, 130, null, gb300Rack],
  ['mi300x-platform', 'Instinct MI300X platform', 8, 'mi300x', 192, null, null, recalled],
  ['mi325x-platform', 'Instinct MI325X platform', 8, 'mi325x', 256, null, null, mi325x],
  ['mi355x-platform', 'Instinct MI355X platform', 8, 'mi355x', 288, null, null, recalled],
  ['l40s-4', 'Server with four L40S', 4, 'l40s', 48, null, null, recalled],
  ['l40s-8', 'Server with eight L40S', 8, 'l40s', 48, null, null, recalled],
  ['rtx-pro-6000-8', 'Server with eight RTX PRO 6000', 8, 'rtx-pro-6000-server', 96, null, null, recalled],
  // names of the sizing that came before
  ['dgx300', 'DGX B300 (as dgx300)', 8, 'b300', 288, 14.4, 2, sizingRows],
  ['dgx200', 'DGX H200 (as dgx200)', 8, 'h200-sxm', 141, null, 2, sizingRows],
];

const noOthers: ServerSpec['sources'] = {};

const servers: readonly ServerSpec[] = lines.map(([name, title, gpus, gpu, hbm, nvlink, system, source]) => ({
  name,
  title,
  gpus,
  gpu,
  hbm_per_gpu_gb: hbm,
  total_hbm_gb: gpus * hbm,
  nvlink_bandwidth_tbps: nvlink,
  system_memory_tb: system,
  price: null,
  notes: '',
  source,
  // that page names the memory, not the link
  sources: source === basePod ? { nvlink_bandwidth_tbps: recalled } : noOthers,
}));

/** The servers known by name. */
export function catalogServers(): readonly ServerSpec[] {
  return servers;
}
