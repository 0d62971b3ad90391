import { type Gpu, gpuSchema, type Profile, profileSchema } from '../../../src/core/profile/schema';

interface Parts {
  readonly ramGib?: number | null;
  readonly ramGbps?: number | null;
  readonly gpus?: readonly Partial<Gpu>[] | null;
  readonly os?: string;
  readonly features?: readonly string[] | null;
  readonly disks?: readonly Record<string, unknown>[];
}

/** A machine with what is given; everything else is as on a small Linux workstation without a GPU. */
export function profileWith(parts: Parts = {}): Profile {
  const {
    ramGib = 60,
    ramGbps = 50,
    gpus = [],
    os = 'linux',
    features = ['avx2', 'avx512f'],
    disks = [],
  } = parts;
  return profileSchema.parse({
    schema_version: '1.0.0',
    created: '2026-11-21T09:00:00.000Z',
    generator: 'test',
    hardware: {
      platform: { os },
      cpu: { physical_cores: 8, features },
      memory: { ram_available_gib: ramGib, cpu_mem_bw_gbps: ramGbps },
      gpus: gpus?.map((gpu, index) => gpuWith({ index, ...gpu })) ?? null,
      disks,
    },
  });
}

/** A measured 24 GB card, with what is given put in its place. */
export function gpuWith(parts: Partial<Gpu> = {}): Gpu {
  return gpuSchema.parse({
    index: 0,
    vendor: 'nvidia',
    name: 'NVIDIA GeForce RTX 4090',
    memory_kind: 'dedicated',
    vram_total_mib: 24564,
    vram_free_mib: 23880,
    vram_bw_gbps: 921.4,
    context_overhead_mib: 412,
    ...parts,
  });
}
