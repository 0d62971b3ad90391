import type { Provenance } from '../../figure';
import type { Gpu, Profile } from '../../profile/schema';
import { describeSource } from '../source';
import { type GpuSpec, sourceOfFigure } from './schema';

/** How the provenance of a catalog's figure begins: whoever shows it calls it assumed. */
export const CATALOG_METHOD = 'catalog';

/**
 * The machine of a profile with these cards, in this order, instead of its own. All their memory counts as free and nothing as
 * measured: every figure's provenance says `catalog`, its conditions name the source and `assumed`.
 */
export function profileWithGpus(base: Profile, specs: readonly GpuSpec[]): Profile {
  const kept = Object.entries(base.provenance).filter(
    ([pointer]) => pointer !== '/hardware/gpus' && !pointer.startsWith('/hardware/gpus/'),
  );
  const assumed = specs.flatMap((spec, index) => provenanceOf(spec, index));
  return {
    ...base,
    runtime_devices: null,
    hardware: { ...base.hardware, gpus: specs.map((spec, index) => gpuOf(spec, index)) },
    findings: base.findings.filter(({ path }) => path === null || !path.startsWith('/hardware/gpus')),
    provenance: Object.fromEntries([...kept, ...assumed]),
  };
}

function gpuOf(spec: GpuSpec, index: number): Gpu {
  const mib = Math.round(spec.memory_gib * 1024);
  return {
    index,
    vendor: spec.vendor,
    name: spec.name,
    uuid: null,
    pci_bus_id: null,
    memory_kind: spec.unified ? 'unified' : 'dedicated',
    vram_total_mib: mib,
    vram_free_mib: mib,
    vram_reserved_mib: null,
    vram_source: CATALOG_METHOD,
    driver_version: null,
    cuda_version: null,
    compute_capability: spec.compute_capability,
    mig: null,
    pcie_gen: null,
    pcie_gen_max: spec.pcie?.generation ?? null,
    pcie_width: null,
    pcie_width_max: spec.pcie?.lanes ?? null,
    pcie_sampled_under_load: null,
    pcie_h2d_gbps: null,
    pcie_d2h_gbps: null,
    vram_bw_gbps: spec.bandwidth_gbps,
    context_overhead_mib: null,
    compute_fp16_tflops: spec.compute.fp16,
  };
}

/** Fields of a Profile's card, and the field of the catalog that each is from. */
const origins = {
  name: 'name',
  vram_total_mib: 'memory_gib',
  vram_free_mib: 'memory_gib',
  vram_bw_gbps: 'bandwidth_gbps',
  compute_capability: 'compute_capability',
  pcie_gen_max: 'pcie',
  pcie_width_max: 'pcie',
} as const satisfies Partial<Record<keyof Gpu, keyof GpuSpec>>;

function provenanceOf(spec: GpuSpec, index: number): readonly (readonly [string, Provenance])[] {
  return Object.entries(origins).map(([field, origin]) => {
    const source = describeSource(sourceOfFigure(spec, origin));
    const known = spec[origin] !== null;
    return [
      `/hardware/gpus/${index}/${field}`,
      {
        method: known ? CATALOG_METHOD : null,
        conditions: { card: spec.id, basis: 'assumed', source },
        samples: null,
        measured_at: null,
        reason: known ? null : 'not-published: the catalog has no figure for this card',
      },
    ];
  });
}
