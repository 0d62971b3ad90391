import { spreadOf } from '../figure';
import type { Gpu, Profile } from '../profile/schema';
import { machineId } from '../receipt/machine-id';
import { MIB } from '../units';
import type { Calibration, Overhead } from './schema';

/**
 * The profile with what receipts showed that each card's driver takes before the first tensor, where that was not measured: the
 * median of runs on this machine with llama.cpp's own split. The same record where they show nothing.
 */
export function withLearntOverheads(profile: Profile, calibration: Calibration | null): Profile {
  const { gpus } = profile.hardware;
  if (calibration === null || calibration.overheads.length === 0 || gpus === null) return profile;
  const machine = machineId(profile);
  const own = calibration.overheads.filter(({ likeness }) => likeness.machine === machine);
  const learnt = gpus.map((gpu, position) => learntOf(gpu, `gpu${position}`, gpus.length, own));
  if (learnt.every((spread) => spread === null)) return profile;
  const at = gpus.flatMap((_, position) => {
    const samples = learnt[position];
    if (samples === null || samples === undefined) return [];
    const pointer = `/hardware/gpus/${position}/context_overhead_mib`;
    const how = { method: 'receipts', conditions: null, samples, measured_at: null, reason: null };
    return [[pointer, how] as const];
  });
  return {
    ...profile,
    hardware: { ...profile.hardware, gpus: gpus.map((gpu, position) => withOverhead(gpu, learnt[position])) },
    provenance: { ...profile.provenance, ...Object.fromEntries(at) },
  };
}

/** MiB; null where it was measured already, or nothing is known of it. */
function learntOf(gpu: Gpu, device: string, cards: number, overheads: readonly Overhead[]) {
  if (gpu.context_overhead_mib !== null) return null;
  const split = cards > 1 ? ['none', 'layer'] : ['none'];
  const like = overheads.filter(
    (each) =>
      each.device === device &&
      each.likeness.runtime === 'llama.cpp' &&
      split.includes(each.likeness.split_mode),
  );
  return spreadOf(like.map(({ bytes }) => bytes / MIB));
}

function withOverhead(gpu: Gpu, spread: { readonly median: number } | null | undefined): Gpu {
  return spread === null || spread === undefined ? gpu : { ...gpu, context_overhead_mib: spread.median };
}
