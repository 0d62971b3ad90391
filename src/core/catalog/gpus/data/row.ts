import { type CatalogSource, recalled } from '../../source';
import type { GpuSpec } from '../schema';
import { listTables } from './sources';

/** One line of a maker's table: 10^9 bytes a second, 10^12 operations a second. */
export type Row = readonly [
  id: string,
  name: string,
  released: string | null,
  memoryGib: number,
  bandwidthGbps: number,
  pcieGeneration: number,
  pcieLanes: number,
  fp32: number | null,
  /** On the matrix units, dense; null where the table has none. */
  fp16: number | null,
];

/** What all cards of one generation have in common. */
export interface Family {
  readonly vendor: GpuSpec['vendor'];
  readonly class: GpuSpec['class'];
  readonly capability: string | null;
  /** Speed of a number type beside fp16 of the matrix units; types that are not named are not computed natively. */
  readonly types: Partial<Record<'bf16' | 'fp8' | 'fp4' | 'int8', number>>;
  /** fp16 of the matrix units beside fp32 of the others, where the table does not say; null: unknown. */
  readonly matrixOverFp32: number | null;
  readonly nvlink: GpuSpec['nvlink'];
  readonly source: CatalogSource;
}

const noCompute = { fp32: null, fp16: null, bf16: null, fp8: null, fp4: null, int8: null };

/** A card of a family. What follows from a family's ratios is marked as recalled. */
export function cardOf(family: Family, row: Row): GpuSpec {
  const [id, name, released, memory, bandwidth, generation, lanes, fp32, listed] = row;
  const fp16 = listed ?? timesOrNull(fp32, family.matrixOverFp32);
  const derived = Object.entries(family.types).map(([type, ratio]) => [type, timesOrNull(fp16, ratio)]);
  const doubtful = [
    ...(listed === null && fp16 !== null ? ['compute.fp16'] : []),
    ...Object.keys(family.types).map((type) => `compute.${type}`),
    ...(family.nvlink === null ? [] : ['nvlink']),
    'compute_capability',
  ];
  return {
    id,
    name,
    vendor: family.vendor,
    class: family.class,
    released,
    memory_gib: memory,
    bandwidth_gbps: bandwidth,
    compute: { ...noCompute, fp32, fp16, ...Object.fromEntries(derived) },
    pcie: { generation, lanes },
    nvlink: family.nvlink,
    unified: false,
    compute_capability: family.capability,
    price: null,
    source: family.source,
    sources: Object.fromEntries(doubtful.map((field) => [field, recalled])),
  };
}

function timesOrNull(value: number | null, ratio: number | null): number | null {
  return value === null || ratio === null ? null : Math.round(value * ratio * 10) / 10;
}

/** A card whose figures have sources of their own: what is not given is not published. */
export function cardWith(
  given: Pick<GpuSpec, 'id' | 'name' | 'vendor' | 'class' | 'memory_gib' | 'source'> &
    Partial<Omit<GpuSpec, 'compute'>> & { readonly compute?: Partial<GpuSpec['compute']> },
): GpuSpec {
  return {
    released: null,
    bandwidth_gbps: null,
    pcie: null,
    nvlink: null,
    unified: false,
    compute_capability: null,
    price: null,
    ...given,
    compute: { ...noCompute, ...given.compute },
    sources: datedBy(given),
  };
}

/** Months of release are recalled where the row is not of the lists, which have them, and names no other source. */
function datedBy({
  released,
  source,
  sources = {},
}: Partial<Pick<GpuSpec, 'released' | 'source' | 'sources'>>): GpuSpec['sources'] {
  return released === undefined || source === listTables ? sources : { released: recalled, ...sources };
}
