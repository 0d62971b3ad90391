import {
  asRecord,
  GPU_FIELDS,
  MEMORY_FIELDS,
  NVME_FIELDS,
  pick,
  PLATFORM_FIELDS,
  without,
  type Values,
} from './gpu-container-fields';
import type { Disk, Profile } from './schema';

/**
 * The profile as gpu-container's 0.1.0, which has room for one GPU (the first) and one disk (the first that was
 * measured). What a profile read from 0.1.0 kept under `seed` is written back.
 */
export function toGpuContainer(profile: Profile): Values {
  const { hardware } = profile;
  const seed = asRecord(profile['seed']);
  const seedHardware = asRecord(seed['hardware']);
  return {
    schema_version: '0.1.0',
    created: profile.created,
    hardware: {
      gpu: { ...gpuOf(hardware.gpus), ...asRecord(seedHardware['gpu']) },
      platform: {
        ...pick(hardware.platform, PLATFORM_FIELDS),
        os: osOf(hardware.platform.os),
        ...asRecord(seedHardware['platform']),
      },
      bandwidth: { ...bandwidthOf(profile), ...asRecord(seedHardware['bandwidth']) },
      memory: { ...pick(hardware.memory, MEMORY_FIELDS), ...asRecord(seedHardware['memory']) },
      ...without(seedHardware, ['gpu', 'platform', 'bandwidth', 'memory']),
    },
    model: profile.model ?? null,
    notes: profile.notes,
    ...without(seed, ['schema_version', 'hardware']),
  };
}

/** 0.1.0 wants a name: `none` where there is no card, `unknown` where it is not known. */
function gpuOf(gpus: Profile['hardware']['gpus']): Values {
  const values = pick(gpus?.[0] ?? {}, GPU_FIELDS);
  return { ...values, name: values['name'] ?? (gpus?.length === 0 ? 'none' : 'unknown') };
}

function bandwidthOf(profile: Profile): Values {
  const gpu = profile.hardware.gpus?.[0];
  const disk = profile.hardware.disks.find((candidate) => candidate.refused === null) ?? null;
  return {
    pcie_h2d_gbps: gpu?.pcie_h2d_gbps ?? null,
    pcie_d2h_gbps: gpu?.pcie_d2h_gbps ?? null,
    ...pick(disk ?? {}, NVME_FIELDS),
    method: methodOf(profile, disk),
    details: disk && pick(disk, DETAILS),
  };
}

/** What 0.1.0 has no field for, though it has a place: its `details` are free. */
const DETAILS = ['directory', 'mount', 'fs_type', 'size_gib', 'nvme_rand_qd1_lat_us'] as const;

function osOf(os: string | null): string {
  return os === 'win32' ? 'windows' : (os ?? 'unknown');
}

/** How the bandwidths were measured, in one line; null where none was. */
function methodOf({ provenance, hardware }: Profile, disk: Disk | null): string | null {
  const at = disk === null ? -1 : hardware.disks.indexOf(disk);
  const pointers = ['/hardware/gpus/0/pcie_h2d_gbps', `/hardware/disks/${at}/nvme_seq_read_gbps`];
  const methods = pointers.map((pointer) => provenance[pointer]?.method).filter((method) => method != null);
  return methods.length === 0 ? null : methods.join('; ');
}
