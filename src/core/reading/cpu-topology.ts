import { KIB, type Bytes } from '../units';

/** The topology files of one processor under `/sys/devices/system/cpu/cpuN/topology`; null for one that is absent. */
export interface ProcessorTopology {
  /** `core_cpus_list`, or `thread_siblings_list` before Linux 5.3. */
  readonly siblings: string | null;
  readonly physicalPackageId: string | null;
  readonly coreId: string | null;
}

/** The files of one `/sys/devices/system/cpu/cpuN/cache/indexM`. */
export interface CacheFiles {
  readonly level: string;
  readonly type: string;
  readonly size: string;
  readonly sharedCpuList: string;
}

/** All caches of one level together, each counted once however many processors share it. */
export interface CacheTotal {
  readonly totalBytes: Bytes;
  readonly largestBytes: Bytes;
  readonly count: number;
}

export interface Caches {
  readonly l1d: CacheTotal | null;
  readonly l2: CacheTotal | null;
  readonly l3: CacheTotal | null;
}

/** Cores by which processors share one, else by (package, core); null where a processor has neither. */
export function countTopologyCores(processors: readonly ProcessorTopology[]): number | null {
  const cores = new Set<string>();
  for (const { siblings, physicalPackageId, coreId } of processors) {
    if (siblings !== null && siblings.trim() !== '') cores.add(siblings.trim());
    else if (physicalPackageId !== null && coreId !== null)
      cores.add(`${physicalPackageId.trim()}:${coreId.trim()}`);
    else return null;
  }
  return cores.size === 0 ? null : cores.size;
}

/** Sums the data and unified caches of each level over the processors that own them. */
export function sumCaches(files: readonly CacheFiles[]): Caches {
  return { l1d: totalOf(files, '1'), l2: totalOf(files, '2'), l3: totalOf(files, '3') };
}

function totalOf(files: readonly CacheFiles[], level: string): CacheTotal | null {
  const sizes = new Map<string, Bytes>();
  for (const file of files) {
    if (file.level.trim() !== level || file.type.trim() === 'Instruction') continue;
    const bytes = parseCacheSize(file.size);
    if (bytes !== null) sizes.set(file.sharedCpuList.trim(), bytes);
  }
  if (sizes.size === 0) return null;
  const all = [...sizes.values()];
  return {
    totalBytes: all.reduce((sum, bytes) => sum + bytes, 0),
    largestBytes: Math.max(...all),
    count: all.length,
  };
}

/** `32768K`; the kernel writes no other unit today, older trees and some ARM ones write M. Null for 0 and for anything else. */
function parseCacheSize(text: string): Bytes | null {
  const [, digits, unit] = /^(\d{1,9})([KM])$/.exec(text.trim()) ?? [];
  if (digits === undefined || Number(digits) === 0) return null;
  return Number(digits) * (unit === 'M' ? KIB * KIB : KIB);
}
