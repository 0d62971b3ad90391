import { createRequire } from 'node:module';
import type { PageWish } from './memory-reader-protocol';

/** Tells the kernel what pages to back memory with. */
export interface Adviser {
  /** Drops the pages that back `memory` now and asks for others; answers why that could not be told, or null. */
  advise(memory: Buffer, wish: Exclude<PageWish, 'default'>): string | null;
}

type Madvise = (address: Buffer, length: number, advice: number) => number;

/** Linux' include/uapi/asm-generic/mman-common.h; the same on x86, ARM, RISC-V and POWER. */
const MADV_DONTNEED = 4;
const MADV_HUGEPAGE = 14;
const MADV_NOHUGEPAGE = 15;

/** An adviser for this system; one that refuses everything where madvise cannot be called. */
export function adviserOf(): Adviser {
  if (process.platform !== 'linux') return refusing('not-supported: only Linux takes advice on pages');
  try {
    return advisingBy(loadMadvise());
  } catch (error) {
    return refusing(`no-library: koffi could not be loaded (${firstLineOf(error)})`);
  }
}

/** koffi is native and may be absent for this system, so it is required here and now, not imported. */
function loadMadvise(): Madvise {
  const koffi = createRequire(__filename)('koffi') as typeof import('koffi');
  return koffi.load(null).func('int madvise(void *address, size_t length, int advice)') as Madvise;
}

function advisingBy(madvise: Madvise): Adviser {
  return {
    advise(memory, wish) {
      madvise(memory, memory.length, MADV_DONTNEED);
      const advice = wish === 'huge' ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;
      const status = madvise(memory, memory.length, advice);
      return status === 0 ? null : 'not-supported: the kernel has no transparent huge pages';
    },
  };
}

function refusing(reason: string): Adviser {
  return { advise: () => reason };
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
