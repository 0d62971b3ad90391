import { z } from 'zod';
import type { Provenance } from '../figure';
import {
  asRecord,
  GPU_FIELDS,
  MEMORY_FIELDS,
  NVME_FIELDS,
  PCIE_FIELDS,
  pick,
  PLATFORM_FIELDS,
  without,
  type Values,
} from './gpu-container-fields';
import { PROFILE_SCHEMA_VERSION } from './schema';

const text = z.string().nullish();
const figure = z.number().nonnegative().nullish();
const count = z.number().int().nonnegative().nullish();

/** gpu-container's profile 0.1.0: one GPU, and all bandwidths in a record of their own. */
export const gpuContainerSchema = z.looseObject({
  schema_version: z.string(),
  created: text,
  hardware: z.looseObject({
    gpu: z
      .looseObject({
        name: text,
        vram_total_mib: figure,
        vram_free_mib: figure,
        vram_reserved_mib: figure,
        driver_version: text,
        cuda_version: text,
        compute_capability: text,
        pcie_gen: count,
        pcie_width: count,
        vram_source: text,
      })
      .nullish(),
    platform: z.looseObject({ os: text }).nullish(),
    bandwidth: z
      .looseObject({
        pcie_h2d_gbps: figure,
        pcie_d2h_gbps: figure,
        nvme_seq_read_gbps: figure,
        nvme_rand_qd1_read_iops: figure,
        nvme_rand_qd1_read_mbps: figure,
        method: text,
        details: z.record(z.string(), z.unknown()).nullish(),
      })
      .nullish(),
    memory: z
      .looseObject({ cpu_mem_bw_method: text, pinnable_method: text, cpu_mem_bw_gbps: figure })
      .nullish(),
  }),
  model: z.unknown().optional(),
  notes: z.array(z.string()).nullish(),
});
export type GpuContainerProfile = z.infer<typeof gpuContainerSchema>;

const METHOD = 'gpu-container 0.1.0';
/** What its files say for a name where there is no card, and where it could not tell. */
const NO_GPU = /^(none|no gpu|no gpu (found|detected)|cpu( only)?)$/i;
const UNKNOWN_GPU = /^(unknown|unknown gpu|n\/a|null)?$/i;

/** The record of a 1.x profile, not yet checked. What has no place in 1.x is kept under `seed`. */
export function fromGpuContainer(old: GpuContainerProfile): Values {
  const { hardware, model, notes, created, schema_version } = old;
  const record = {
    platform: platformOf(asRecord(hardware.platform)),
    cpu: {},
    memory: present(asRecord(hardware.memory), MEMORY_FIELDS),
    gpus: gpusOf(hardware.gpu ?? null, asRecord(hardware.bandwidth)),
    disks: disksOf(asRecord(hardware.bandwidth)),
  };
  return {
    schema_version: PROFILE_SCHEMA_VERSION,
    created: created ?? '',
    generator: `gpu-container ${schema_version}`,
    hardware: record,
    model: model ?? null,
    notes: notes ?? [],
    findings: [],
    provenance: provenanceOf(record, old),
    seed: seedOf(old),
  };
}

/** What 1.x has no field for: keys that 0.1.0 does not name either, how the bandwidths were measured, odd names. */
function seedOf(old: GpuContainerProfile): Values {
  const { gpu, platform, bandwidth, memory, ...others } = old.hardware;
  const name = gpu?.name;
  const oddName = typeof name === 'string' && (NO_GPU.test(name) || UNKNOWN_GPU.test(name)) ? { name } : {};
  return {
    ...without(old, ['created', 'hardware', 'model', 'notes']),
    hardware: {
      ...others,
      gpu: { ...without(asRecord(gpu), GPU_FIELDS), ...oddName },
      platform: without(asRecord(platform), PLATFORM_FIELDS),
      bandwidth: without(asRecord(bandwidth), [...PCIE_FIELDS, ...NVME_FIELDS]),
      memory: without(asRecord(memory), MEMORY_FIELDS),
    },
  };
}

function platformOf(platform: Values): Values {
  const known = present(platform, PLATFORM_FIELDS);
  return { ...known, ...(known['os'] === 'windows' ? { os: 'win32' } : {}) };
}

/** The named values that the file has. */
function present(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

/** One card, none (the file says so), or null: a file without figures and name cannot say whether it looked. */
function gpusOf(gpu: Values | null, bandwidth: Values): readonly Values[] | null {
  if (gpu === null) return null;
  const name = typeof gpu['name'] === 'string' ? gpu['name'].trim() : '';
  const pcie = pick(bandwidth, PCIE_FIELDS);
  const figures = [...Object.values(without(gpu, ['name'])), ...Object.values(pcie)];
  const isEmpty = figures.every((value) => value === null || value === undefined);
  if (isEmpty && NO_GPU.test(name)) return [];
  if (isEmpty && UNKNOWN_GPU.test(name)) return null;
  const source = typeof gpu['vram_source'] === 'string' ? gpu['vram_source'] : '';
  return [
    {
      ...present(gpu, GPU_FIELDS),
      ...pcie,
      index: 0,
      name: UNKNOWN_GPU.test(name) ? null : name,
      vendor: /^(pynvml|nvidia-smi)/.test(source) || /nvidia/i.test(name) ? 'nvidia' : null,
      memory_kind: typeof gpu['vram_total_mib'] === 'number' ? 'dedicated' : null,
    },
  ];
}

/** The disk that was read, where one was. Its folder stands in the details, under one of a few names. */
function disksOf(bandwidth: Values): readonly Values[] {
  const figures = pick(bandwidth, NVME_FIELDS);
  if (Object.values(figures).every((value) => value === null)) return [];
  const details = asRecord(bandwidth['details']);
  const places = [details, asRecord(details['nvme']), asRecord(details['disk'])];
  const find = (kind: 'string' | 'number', ...names: readonly string[]) =>
    places.flatMap((place) => names.map((name) => place[name])).find((value) => typeof value === kind) ??
    null;
  return [
    {
      directory: find('string', 'bench_dir', 'directory') ?? 'unknown',
      mount: find('string', 'mount'),
      fs_type: find('string', 'fs_type'),
      ...figures,
      nvme_rand_qd1_lat_us: find('number', 'rand_qd1_lat_us', 'nvme_rand_qd1_lat_us'),
      size_gib: find('number', 'size_gib'),
    },
  ];
}

/** Every figure is from this file; those that say how they were measured keep that. */
function provenanceOf(record: Values, old: GpuContainerProfile): Readonly<Record<string, Provenance>> {
  const { bandwidth, memory } = old.hardware;
  const methods: ReadonlyMap<string, string | null | undefined> = new Map([
    ...[...PCIE_FIELDS, ...NVME_FIELDS].map((field) => [field, bandwidth?.method] as const),
    ['cpu_mem_bw_gbps', memory?.cpu_mem_bw_method],
    ['pinnable_ceiling_gib', memory?.pinnable_method],
  ]);
  const entries: [string, Provenance][] = [];
  const add = (pointer: string, values: Values) => {
    for (const [field, value] of Object.entries(values)) {
      if (value === null || value === undefined || field === 'index' || field === 'directory') continue;
      const method = methods.get(field);
      entries.push([`${pointer}/${field}`, provenance(method ? `${METHOD}: ${method}` : METHOD)]);
    }
  };
  for (const part of ['platform', 'memory']) add(`/hardware/${part}`, asRecord(record[part]));
  const lists = { gpus: record['gpus'], disks: record['disks'] };
  for (const [name, list] of Object.entries(lists)) {
    (list as readonly Values[] | null)?.forEach((values, at) => add(`/hardware/${name}/${at}`, values));
  }
  if (record['gpus'] === null) {
    const reason = 'absent: the file names no GPU, and does not say whether anything was looked for';
    entries.push(['/hardware/gpus', { ...provenance(null), reason }]);
  }
  return Object.fromEntries(entries);
}

function provenance(method: string | null): Provenance {
  return { method, conditions: null, samples: null, measured_at: null, reason: null };
}
