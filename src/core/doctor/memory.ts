import type { Finding } from '../finding';
import type { Profile } from '../profile/schema';
import { formatGbps, formatGib } from '../report/format';

/** A memory module as the firmware tells of it. */
export interface MemoryModule {
  /** Transfers a second, in millions, as it is run; null where the firmware does not say. */
  readonly megatransfers: number | null;
}

type Memory = Profile['hardware']['memory'];

/** A channel moves 8 bytes a transfer (JEDEC; the two halves of a DDR5 module together). */
const CHANNEL_BYTES = 8;
/** One channel, read by all cores, gives 75 to 95 % of what it could; more than that needs two. */
const ONE_CHANNEL_MOST = 1;
/** Below this share of one channel something else holds the figure down: few cores, a guest's share. */
const ONE_CHANNEL_LEAST = 0.5;
/** What is tight: a model that leaves a third free seldom brings the machine down. Chosen. */
const TIGHT_SHARE = 1 / 3;
const TIGHT_GIB = 8;
/** Weights that are locked are gigabytes. */
const SMALL_LOCK_GIB = 1;

/** Memory that is slower, less or less safe than it could be. `modules` is null where they are not known. */
export function diagnoseMemory(
  profile: Profile,
  modules: readonly MemoryModule[] | null,
): readonly Finding[] {
  const { memory } = profile.hardware;
  const found = [
    channels(memory, modules ?? []),
    limited(memory),
    withoutSwap(memory),
    lockable(profile),
    withoutHugePages(memory),
  ];
  return found.filter((finding) => finding !== null);
}

/** Only where the firmware names the speed of every module: nothing is guessed from a bandwidth alone. */
function channels(memory: Memory, modules: readonly MemoryModule[]): Finding | null {
  const measured = memory.cpu_mem_bw_gbps;
  const speeds = modules.map(({ megatransfers }) => megatransfers);
  if (measured === null || speeds.length === 0 || speeds.includes(null)) return null;
  const speed = Math.min(...speeds.filter((one) => one !== null));
  const channel = (speed * CHANNEL_BYTES) / 1000;
  if (measured > channel * ONE_CHANNEL_MOST || measured < channel * ONE_CHANNEL_LEAST) return null;
  const one = modules.length === 1;
  const fitted = one
    ? `There is one memory module of ${speed} MT/s`
    : `There are ${modules.length} memory modules of ${speed} MT/s`;
  return {
    severity: 'warning',
    code: 'memory-one-channel',
    path: '/hardware/memory/cpu_mem_bw_gbps',
    message: `${fitted}, and reading reached ${formatGbps(measured)}: no more than one channel carries (${formatGbps(channel)}).`,
    remedy: one
      ? 'Add an equal module in the other channel, which can double the speed of tokens from host memory.'
      : 'Put the modules into slots of different channels, as the manual of the board shows.',
  };
}

function limited({ ram_limit_gib: limit, ram_total_gib: total }: Memory): Finding | null {
  if (limit === null || total === null || limit >= total) return null;
  return {
    severity: 'info',
    code: 'memory-limited',
    path: '/hardware/memory/ram_limit_gib',
    message: `This process may take ${formatGib(limit)} of the ${formatGib(total)} of the machine.`,
    remedy: 'Raise the memory limit of the container or service to let larger models in.',
  };
}

function withoutSwap({ swap_total_gib: swap, ...memory }: Memory): Finding | null {
  const { ram_available_gib: available, ram_total_gib: total } = memory;
  if (swap !== 0 || available === null || total === null) return null;
  if (available >= TIGHT_GIB && available >= total * TIGHT_SHARE) return null;
  return {
    severity: 'warning',
    code: 'no-swap',
    path: '/hardware/memory/swap_total_gib',
    message: `There is no swap, and ${formatGib(available)} of ${formatGib(total)} can be taken: a program that outgrows that is ended by the kernel.`,
    remedy: 'Add some swap (zram will do), or keep a larger reserve with --reserve.',
  };
}

/** A plain loop read 58 % faster on 2 MiB pages than on 4 KiB ones (one guest, one thread); mapped files gain nothing. */
function withoutHugePages({ transparent_huge_pages: mode }: Memory): Finding | null {
  if (mode !== 'never') return null;
  return {
    severity: 'info',
    code: 'huge-pages-unavailable',
    path: '/hardware/memory/cpu_mem_bw_gbps',
    message:
      'Transparent huge pages are turned off (never): weights that are loaded, not mapped, are read on small pages.',
    remedy: 'Write madvise to /sys/kernel/mm/transparent_hugepage/enabled, as root.',
  };
}

/** A holder of CAP_IPC_LOCK is not bound, and pinning by CUDA is not either. */
function lockable({ hardware, provenance }: Profile): Finding | null {
  const limit = hardware.memory.memlock_gib;
  const pointer = '/hardware/memory/memlock_gib';
  if (limit === null || limit >= SMALL_LOCK_GIB) return null;
  if (provenance[pointer]?.conditions?.['cap_ipc_lock'] === true) return null;
  return {
    severity: 'info',
    code: 'memlock-small',
    path: pointer,
    message: `This user may lock ${formatGib(limit)} of memory: --mlock cannot keep the weights of a model from being paged out.`,
    remedy: 'Raise the limit (`ulimit -l`, LimitMEMLOCK= of a service, --ulimit memlock=-1 of Docker).',
  };
}
