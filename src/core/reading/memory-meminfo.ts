import { KIB, type Bytes } from '../units';

/** What the kernel says of memory and swap; null where a line is absent (MemAvailable came with Linux 3.14). */
export interface MemoryInfo {
  readonly totalBytes: Bytes | null;
  /** What a new process can take without swapping, by the kernel's own estimate. */
  readonly availableBytes: Bytes | null;
  readonly swapTotalBytes: Bytes | null;
  readonly swapFreeBytes: Bytes | null;
  /** Explicit (hugetlbfs) pages, not transparent ones. */
  readonly hugePagesTotal: number | null;
  readonly hugePagesFree: number | null;
  readonly hugePageBytes: Bytes | null;
}

const LINE = /^([\w()]+):\s+(\d{1,16})(?: (kB))?$/gm;

/** Reads `/proc/meminfo`; `kB` there are 1024 bytes. */
export function parseMeminfo(text: string): MemoryInfo {
  const values = new Map<string, number>();
  for (const [, name, digits, unit] of text.matchAll(LINE)) {
    values.set(name!, Number(digits) * (unit === undefined ? 1 : KIB));
  }
  const valueOf = (name: string) => values.get(name) ?? null;
  return {
    totalBytes: valueOf('MemTotal'),
    availableBytes: valueOf('MemAvailable'),
    swapTotalBytes: valueOf('SwapTotal'),
    swapFreeBytes: valueOf('SwapFree'),
    hugePagesTotal: valueOf('HugePages_Total'),
    hugePagesFree: valueOf('HugePages_Free'),
    hugePageBytes: valueOf('Hugepagesize'),
  };
}
