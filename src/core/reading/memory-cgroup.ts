import type { Bytes } from '../units';

/** What the memory files of one cgroup directory say; null for a file that is absent or not readable. */
export interface CgroupLevel {
  readonly version: 1 | 2;
  readonly directory: string;
  /** `memory.max` (v2) or `memory.limit_in_bytes` (v1). */
  readonly limit: string | null;
  /** `memory.high` (v2): beyond it the kernel throttles and reclaims, so it binds as well. Null in v1. */
  readonly high: string | null;
  /** `memory.current` (v2) or `memory.usage_in_bytes` (v1). */
  readonly usage: string | null;
  /** `memory.stat`. */
  readonly stat: string | null;
}

/** A limit that binds, and what it leaves. */
export interface CgroupLimit {
  readonly directory: string;
  readonly version: 1 | 2;
  readonly limitBytes: Bytes;
  /** usage − inactive_file: what could not be given back. Null where it cannot be read. */
  readonly workingSetBytes: Bytes | null;
  /** limit − working set, not below 0. Null where the working set is unknown. */
  readonly roomBytes: Bytes | null;
}

export interface CgroupMemory {
  /** The smallest limit of all levels; null where none of them limits. */
  readonly tightest: CgroupLimit | null;
  /** The level that leaves the least: a wider limit above may be fuller than the tightest one. Null where none limits or one cannot be read. */
  readonly fullest: CgroupLimit | null;
}

/**
 * What the cgroups around a process leave it. 0, `max`, and anything at or beyond `physicalBytes` are no limit (v1 writes
 * 9223372036854771712 for none). The working-set rule is that of kubelet and `docker stats`.
 */
export function judgeCgroupMemory(levels: readonly CgroupLevel[], physicalBytes: Bytes | null): CgroupMemory {
  const limits = levels.flatMap((level) => limitOf(level, physicalBytes) ?? []);
  const unreadable = limits.some((limit) => limit.roomBytes === null);
  return {
    tightest: leastBy(limits, (limit) => limit.limitBytes),
    fullest: unreadable ? null : leastBy(limits, (limit) => limit.roomBytes!),
  };
}

/** min(MemAvailable, limit − (usage − inactive_file)) over all levels; null where either side cannot be known. */
export function availableUnder(memAvailable: Bytes | null, memory: CgroupMemory): Bytes | null {
  if (memAvailable === null) return null;
  if (memory.tightest === null) return memAvailable;
  return memory.fullest === null ? null : Math.min(memAvailable, memory.fullest.roomBytes!);
}

function limitOf(level: CgroupLevel, physicalBytes: Bytes | null): CgroupLimit | null {
  const limits = [parseLimit(level.limit, physicalBytes), parseLimit(level.high, physicalBytes)];
  const limitBytes = Math.min(...limits.map((limit) => limit ?? Infinity));
  if (limitBytes === Infinity) return null;
  const workingSetBytes = workingSetOf(level);
  const roomBytes = workingSetBytes === null ? null : Math.max(0, limitBytes - workingSetBytes);
  return { directory: level.directory, version: level.version, limitBytes, workingSetBytes, roomBytes };
}

function parseLimit(text: string | null, physicalBytes: Bytes | null): Bytes | null {
  const bytes = parseCount(text);
  if (bytes === null || bytes === 0) return null;
  // Without a physical size, anything beyond 2^53 is still one of the kernel's words for "none".
  return bytes >= (physicalBytes ?? Number.MAX_SAFE_INTEGER) ? null : bytes;
}

function workingSetOf(level: CgroupLevel): Bytes | null {
  const usage = parseCount(level.usage);
  // In v1 `inactive_file` leaves the children out and `total_inactive_file` counts them, as usage does.
  const name = level.version === 1 ? 'total_inactive_file' : 'inactive_file';
  const inactive = parseCount(new RegExp(`^${name} (\\d+)$`, 'm').exec(level.stat ?? '')?.[1] ?? null);
  return usage === null || inactive === null ? null : Math.max(0, usage - inactive);
}

/** A decimal of the kernel's; null for `max` and everything else. */
function parseCount(text: string | null): number | null {
  const digits = /^\s*(\d{1,20})\s*$/.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}

function leastBy<Item>(items: readonly Item[], measure: (item: Item) => number): Item | null {
  let least: Item | null = null;
  for (const item of items) if (least === null || measure(item) < measure(least)) least = item;
  return least;
}
