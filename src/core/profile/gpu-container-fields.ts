/** Fields of gpu-container's 0.1.0, by the record they stand in; 1.x has them under the same names. */
export const GPU_FIELDS = [
  'name',
  'vram_total_mib',
  'vram_free_mib',
  'vram_reserved_mib',
  'driver_version',
  'cuda_version',
  'compute_capability',
  'pcie_gen',
  'pcie_width',
  'vram_source',
] as const;
export const PLATFORM_FIELDS = [
  'os',
  'in_container',
  'wsl2',
  'container_runtime',
  'nvidia_runtime',
  'uvm_oversubscription',
] as const;
export const MEMORY_FIELDS = [
  'ram_total_gib',
  'ram_available_gib',
  'pinnable_ceiling_gib',
  'pinnable_method',
  'pinnable_capped',
  'cpu_mem_bw_gbps',
  'cpu_mem_bw_method',
] as const;
/** In 1.x these belong to the GPU and to the disk. */
export const PCIE_FIELDS = ['pcie_h2d_gbps', 'pcie_d2h_gbps'] as const;
export const NVME_FIELDS = [
  'nvme_seq_read_gbps',
  'nvme_rand_qd1_read_iops',
  'nvme_rand_qd1_read_mbps',
] as const;

export type Values = Readonly<Record<string, unknown>>;

/** The named values; null where there is none. */
export function pick(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
}

/** All but the named values. */
export function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

/** A record as it is, and an empty one for anything else. */
export function asRecord(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}
