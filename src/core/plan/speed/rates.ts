import type { Profile } from '../../profile/schema';
import { type BytesPerSecond, fromGbps } from '../../units';
import { isRough } from './prior';

/** How fast a device reads its own memory, as measured. */
export interface Rate {
  /** As rows of memory name it. */
  readonly device: string;
  /** Null: not measured; `field` then says which. */
  readonly bytesPerSecond: BytesPerSecond | null;
  /** JSON pointer into the Profile. */
  readonly field: string;
  /** Whether the memory may give more than was measured. */
  readonly rough: boolean;
  /** Threads that will read over those that were measured, where they are fewer; 1 where left out. */
  readonly threadShare?: number;
}

/**
 * The host's rate first, then every GPU's in PCI order; of a profile that could not look for GPUs the host's alone. `threads` will
 * read host memory; null: as many as were measured.
 */
export function ratesOf(profile: Profile, threads: number | null = null): readonly Rate[] {
  const { memory, gpus } = profile.hardware;
  const host = rate(profile, 'host', memory.cpu_mem_bw_gbps, '/hardware/memory/cpu_mem_bw_gbps');
  const devices = (gpus ?? []).map((gpu, position) =>
    rate(profile, `gpu${position}`, gpu.vram_bw_gbps, `/hardware/gpus/${position}/vram_bw_gbps`),
  );
  return [{ ...host, threadShare: threadShare(profile, host.field, threads) }, ...devices];
}

function threadShare(profile: Profile, field: string, threads: number | null): number {
  const measured = profile.provenance[field]?.conditions?.['threads'] ?? profile.hardware.cpu.physical_cores;
  if (threads === null || typeof measured !== 'number' || measured <= 0) return 1;
  return Math.min(1, threads / measured);
}

function rate(profile: Profile, device: string, gbps: number | null, field: string): Rate {
  const bytesPerSecond = fromGbps(gbps);
  return {
    device,
    bytesPerSecond: bytesPerSecond !== null && bytesPerSecond > 0 ? bytesPerSecond : null,
    field,
    rough: isRough(profile, field),
  };
}
