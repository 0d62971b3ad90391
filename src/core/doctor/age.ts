import type { Finding } from '../finding';
import { whyOtherMachine, type MachineTraits } from '../profile/same-machine';
import type { Profile } from '../profile/schema';
import type { MemoryModule } from './memory';

/** What is known beside the profile. */
export interface Circumstances {
  /** ISO 8601, UTC: when the doctor is asked. */
  readonly now: string;
  /** The machine that asks, where the profile should be of it; null where it need not be. */
  readonly machine: (MachineTraits & { readonly ramTotalGib: number | null }) | null;
  /** Memory modules of the profile's machine as its firmware names them; null where they are not known. */
  readonly memoryModules: readonly MemoryModule[] | null;
}

/** Drivers, kernels and what else runs have changed by then. Chosen. */
const STALE_DAYS = 30;
const DAY_MS = 86_400_000;
/** The kernel's own share of memory differs by less between its versions. */
const SAME_MEMORY = 0.02;
const MEASURE_AGAIN = 'Measure this machine with `plimsoll probe`.';

/** Whether the profile still speaks of this machine as it is. */
export function diagnoseAge(profile: Profile, { now, machine }: Circumstances): readonly Finding[] {
  return [stale(profile, now), ...(machine === null ? [] : [elsewhere(profile, machine)])].filter(
    (finding) => finding !== null,
  );
}

function stale({ created }: Profile, now: string): Finding | null {
  const days = Math.floor((Date.parse(now) - Date.parse(created)) / DAY_MS);
  if (!(days >= STALE_DAYS)) return null;
  return {
    severity: 'warning',
    code: 'profile-stale',
    path: '/created',
    message: `This machine was measured ${days} days ago.`,
    remedy: `${MEASURE_AGAIN} \`plimsoll probe --compare\` shows what has changed.`,
  };
}

function elsewhere({ hardware }: Profile, machine: NonNullable<Circumstances['machine']>): Finding | null {
  const why = whyOtherMachine(hardware, machine);
  if (why !== null) {
    return {
      severity: 'error',
      code: 'profile-elsewhere',
      path: '/hardware/cpu',
      message: `The profile is of another machine. ${why}`,
      remedy: MEASURE_AGAIN,
    };
  }
  const [was, is] = [hardware.memory.ram_total_gib, machine.ramTotalGib];
  if (was === null || is === null || Math.abs(is - was) <= SAME_MEMORY * was) return null;
  return {
    severity: 'error',
    code: 'memory-exchanged',
    path: '/hardware/memory/ram_total_gib',
    message: `The profile knows ${was.toFixed(1)} GiB of memory, and this machine has ${is.toFixed(1)} GiB now.`,
    remedy: MEASURE_AGAIN,
  };
}
