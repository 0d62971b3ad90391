import type { Finding } from '../finding';
import { parseCpuList } from './cpu-list';

/** The processor-time files of one cgroup directory; null for one that is absent. */
export interface CpuQuotaFiles {
  /** `cpu.max` (v2): `QUOTA PERIOD` or `max PERIOD`. */
  readonly max: string | null;
  /** `cpu.cfs_quota_us` and `cpu.cfs_period_us` (v1): -1 is no quota. */
  readonly quota: string | null;
  readonly period: string | null;
}

/** How many processors this process may keep busy, and by what. */
export interface CpuShare {
  /** Processors it may be scheduled on; null where it cannot be read. */
  readonly allowed: number | null;
  /** Processors' worth of time that the tightest cgroup grants, may be a fraction; null where there is no quota. */
  readonly quota: number | null;
}

/** Reads `Cpus_allowed_list` of `/proc/self/status` and the quotas of all enclosing cgroups. */
export function judgeCpuShare(status: string, levels: readonly CpuQuotaFiles[]): CpuShare {
  const list = /^Cpus_allowed_list:\s+([\d,-]+)$/m.exec(status)?.[1];
  const quotas = levels.flatMap((level) => quotaOf(level) ?? []);
  return {
    allowed: list === undefined ? null : (parseCpuList(list)?.length ?? null),
    quota: quotas.length === 0 ? null : Math.min(...quotas),
  };
}

/** Tells where this process may use fewer processors than the machine has: more threads than that only get in each other's way. */
export function cpuShareFindings(share: CpuShare, logicalCores: number | null): readonly Finding[] {
  const usable = Math.min(share.allowed ?? Infinity, share.quota ?? Infinity);
  if (logicalCores === null || usable >= logicalCores) return [];
  const cause = usable === share.quota ? 'A cgroup quota' : 'The CPU affinity';
  return [
    {
      severity: 'warning',
      code: 'cpu-limited',
      path: '/hardware/cpu/logical_cores',
      message: `${cause} leaves ${Math.round(usable * 100) / 100} of ${logicalCores} processors to this process.`,
      remedy: `Run with --threads ${Math.max(1, Math.floor(usable))}, or lift the limit.`,
    },
  ];
}

function quotaOf(files: CpuQuotaFiles): number | null {
  const [quota, period] = files.max?.trim().split(' ') ?? [files.quota?.trim(), files.period?.trim()];
  const share = Number(quota) / Number(period);
  return Number.isFinite(share) && share > 0 ? share : null;
}
