import { MIB, type Bytes } from '../units';

/** What the size of a bandwidth measurement depends on. */
export interface BandwidthRoom {
  /** What may be taken now, cgroup limits counted; null where unknown. */
  readonly availableBytes: Bytes | null;
  /** All second- and third-level caches together; null where unknown. */
  readonly cacheBytes: Bytes | null;
  /** Threads to go up to. */
  readonly threads: number;
  readonly quick: boolean;
}

export type BandwidthPlan =
  | {
      readonly kind: 'measure';
      /** 1, 2, 4, … and the most. */
      readonly threadCounts: readonly number[];
      /** Bytes that each thread reads at a thread count. */
      bytesPerThread(threads: number): Bytes;
    }
  /** Reading less than that would measure the caches. */
  | { readonly kind: 'too-little-memory'; readonly neededBytes: Bytes; readonly allowedBytes: Bytes };

/** Longer passes average over more; a quick look must be over in about a second, and most of that is touching pages. */
const WHOLE_BYTES = 512 * MIB;
const QUICK_BYTES = 256 * MIB;
/** With four times the caches, at most a quarter of a pass can hit them. */
const CACHE_FACTOR = 4;
/** Below twice the caches the figure would be more cache than memory. */
const LEAST_CACHE_FACTOR = 2;
/** A measurement must not push out what the machine is working on. */
const AVAILABLE_SHARE = 1 / 4;
/** WebAssembly memory ends at 4 GiB; half of it is plenty for the caches that one core can reach. */
const MOST_BYTES_PER_THREAD = 2048 * MIB;
const PAGE = 2 * MIB;

/** How much memory each thread reads. Threads of a count share one footprint, so memory grows slowly with the machine. */
export function planBandwidth(room: BandwidthRoom): BandwidthPlan {
  const threadCounts = countsUpTo(room.threads);
  const cache = room.cacheBytes ?? 0;
  const wanted = Math.max(room.quick ? QUICK_BYTES : WHOLE_BYTES, CACHE_FACTOR * cache);
  const allowed =
    room.availableBytes === null ? wanted : (room.availableBytes * AVAILABLE_SHARE) / shareOf(threadCounts);
  const needed = Math.max(LEAST_CACHE_FACTOR * cache, PAGE * room.threads);
  const footprint = Math.min(wanted, allowed);
  if (footprint < needed)
    return { kind: 'too-little-memory', neededBytes: needed, allowedBytes: Math.floor(allowed) };
  return {
    kind: 'measure',
    threadCounts,
    bytesPerThread: (threads) =>
      Math.max(PAGE, Math.min(floorTo(footprint / threads), MOST_BYTES_PER_THREAD)),
  };
}

function countsUpTo(most: number): readonly number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

/** Memory of all threads in footprints: each thread holds its part of the footprint at the count where it joined. */
function shareOf(threadCounts: readonly number[]): number {
  let share = 0;
  let before = 0;
  for (const count of threadCounts) {
    share += (count - before) / count;
    before = count;
  }
  return share;
}

function floorTo(bytes: number): Bytes {
  return Math.floor(bytes / PAGE) * PAGE;
}
