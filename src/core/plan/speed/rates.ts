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
}

/** The host's rate first, then every GPU's in PCI order; of a profile that could not look for GPUs the host's alone. */
export function ratesOf(profile: Profile): readonly Rate[] {
  const { memory, gpus } = profile.hardware;
  const host = rate(profile, 'host', memory.cpu_mem_bw_gbps, '/hardware/memory/cpu_mem_bw_gbps');
  const devices = (gpus ?? []).map((gpu, position) =>
    rate(profile, `gpu${position}`, gpu.vram_bw_gbps, `/hardware/gpus/${position}/vram_bw_gbps`),
  );
  return [host, ...devices];
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
