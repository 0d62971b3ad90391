import { z } from 'zod';
import { findingSchema } from '../finding';
import { provenanceSchema } from '../figure';

/** The version this program writes. It reads every 1.x: unknown keys are kept, missing ones are null. */
export const PROFILE_SCHEMA_VERSION = '1.0.0';

const text = z.string().nullable().default(null);
const flag = z.boolean().nullable().default(null);
/** Beyond any instrument's reading. */
const LARGEST = 1e12;
const figure = z.number().nonnegative().max(LARGEST).nullable().default(null);
/** No machine has more memory than 1 PiB, and bytes must stay whole numbers. */
const gib = z
  .number()
  .nonnegative()
  .max(2 ** 20)
  .nullable()
  .default(null);
const mib = z
  .number()
  .nonnegative()
  .max(2 ** 30)
  .nullable()
  .default(null);
const count = z.number().int().nonnegative().nullable().default(null);

export const platformSchema = z.looseObject({
  /** `linux`, `darwin` or `win32`; the seed's `windows` is read as `win32`. */
  os: text,
  os_release: text,
  kernel: text,
  arch: text,
  in_container: flag,
  container_runtime: text,
  wsl2: flag,
  /** Whether the NVIDIA Container Toolkit put a driver into this container. */
  nvidia_runtime: flag,
  /** Whether CUDA can oversubscribe device memory here: never on Windows and WSL2. */
  uvm_oversubscription: flag,
});

export const cpuSchema = z.looseObject({
  name: text,
  physical_cores: count,
  logical_cores: count,
  l1d_kib: figure,
  l2_mib: figure,
  l3_mib: figure,
  numa_nodes: count,
  /** Instruction sets that llama.cpp chooses kernels by, e.g. `avx2`, `avx512f`. */
  features: z.array(z.string()).nullable().default(null),
});

export const memorySchema = z.looseObject({
  ram_total_gib: gib,
  /** What a new process can take now: the kernel's own estimate, and no more than the limit leaves. */
  ram_available_gib: gib,
  /** The tightest limit of all enclosing cgroups; null with reason `no-limit` where there is none. */
  ram_limit_gib: figure,
  swap_total_gib: figure,
  memlock_gib: figure,
  pinnable_ceiling_gib: figure,
  pinnable_method: text,
  pinnable_capped: flag,
  /** RAM read bandwidth, best thread count, 10^9 bytes a second. */
  cpu_mem_bw_gbps: figure,
  cpu_mem_bw_method: text,
  /** RAM copy bandwidth at the same thread count; every byte counts twice, read and written, as STREAM has it. */
  cpu_mem_copy_gbps: figure,
  /** Explicit huge pages (hugetlbfs): how many are set aside, how many of them are free, and how large one is. */
  huge_pages_total: count,
  huge_pages_free: count,
  huge_page_mib: figure,
  /** `always`, `madvise` or `never`. */
  transparent_huge_pages: text,
  /** vm.overcommit_memory: 0 by guess, 1 always, 2 never beyond the limit. */
  overcommit_memory: count,
});

export const gpuSchema = z.looseObject({
  /** Position in PCI bus order; flags go with CUDA_DEVICE_ORDER=PCI_BUS_ID. */
  index: z.number().int().nonnegative(),
  vendor: text,
  name: text,
  uuid: text,
  pci_bus_id: text,
  /** `dedicated`, or `unified` where the device shares the host's memory. */
  memory_kind: z.enum(['dedicated', 'unified']).nullable().default(null),
  vram_total_mib: mib,
  vram_free_mib: mib,
  vram_reserved_mib: mib,
  vram_source: text,
  driver_version: text,
  cuda_version: text,
  compute_capability: text,
  mig: flag,
  pcie_gen: count,
  pcie_gen_max: count,
  pcie_width: count,
  pcie_width_max: count,
  pcie_sampled_under_load: flag,
  pcie_h2d_gbps: figure,
  pcie_d2h_gbps: figure,
  vram_bw_gbps: figure,
  context_overhead_mib: mib,
});

export const diskSchema = z.looseObject({
  directory: z.string(),
  mount: text,
  fs_type: text,
  device: text,
  virtualised: flag,
  nvme_seq_read_gbps: figure,
  nvme_rand_qd1_read_iops: figure,
  nvme_rand_qd1_read_mbps: figure,
  nvme_rand_qd1_lat_us: figure,
  /** Rows of CrystalDiskMark: SEQ1M Q8T1 and RND4K Q32T1 (its RND4K Q1T1 is `nvme_rand_qd1_read_mbps`). */
  seq1m_q8_gbps: figure,
  rnd4k_q32_mbps: figure,
  /** Touching single pages of a mapped file that is in no cache, with the system's own read-ahead: what is asked for. */
  mapped_rand_read_mbps: figure,
  mapped_fault_us: figure,
  /** Size of the file that was read. */
  size_gib: figure,
  /** Why this folder was not measured; null where it was. */
  refused: z.looseObject({ code: z.string(), message: z.string() }).nullable().default(null),
});

/** A device as a build of llama.cpp lists it. */
export const listedDeviceSchema = z.object({
  /** What `-dev`, `-ot` and the log call it: `CUDA0`, `Vulkan1`, `RPC0`. */
  name: z.string().min(1).max(200),
  description: z.string().max(200),
  /** 0 where it has no memory of its own to tell, as a library for matrices. */
  total_mib: z.number().int().nonnegative(),
  free_mib: z.number().int().nonnegative(),
});

/** What the llama-server of a machine says of `--list-devices`. */
export const runtimeDevicesSchema = z.object({
  program: z.string(),
  devices: z.array(listedDeviceSchema).max(64),
});

export const profileSchema = z.looseObject({
  schema_version: z.string().regex(/^1\.\d+\.\d+$/),
  created: z.string(),
  generator: z.string(),
  hardware: z.looseObject({
    platform: platformSchema,
    cpu: cpuSchema,
    memory: memorySchema,
    /** In PCI order. An empty list: looked and found none. Null: could not look. */
    gpus: z.array(gpuSchema).nullable().default(null),
    disks: z.array(diskSchema).default([]),
  }),
  /** The devices of the llama.cpp that was found here, by its own names; absent or null where none was asked. */
  runtime_devices: runtimeDevicesSchema.nullable().optional(),
  model: z.unknown().nullable().default(null),
  notes: z.array(z.string()).default([]),
  findings: z.array(findingSchema).default([]),
  /** From JSON pointer to how the figure there came to be, or why it is null. */
  provenance: z.record(z.string(), provenanceSchema).default({}),
});

export type Platform = z.infer<typeof platformSchema>;
export type Cpu = z.infer<typeof cpuSchema>;
export type Memory = z.infer<typeof memorySchema>;
export type Gpu = z.infer<typeof gpuSchema>;
export type Disk = z.infer<typeof diskSchema>;
export type ListedDevice = z.infer<typeof listedDeviceSchema>;
export type RuntimeDevices = z.infer<typeof runtimeDevicesSchema>;
export type Profile = z.infer<typeof profileSchema>;
