import { KIB, type Bytes } from '../units';

/** Whether `/sys/kernel/mm/transparent_hugepage/enabled` lets memory be backed by huge pages on request; the chosen mode stands in brackets. */
export function mayAdviseHugePages(enabled: string): boolean {
  return /\[(?:always|madvise)\]/.test(enabled);
}

/** The mode in brackets in `/sys/kernel/mm/transparent_hugepage/enabled`; null where there is none. */
export function chosenMode(enabled: string): string | null {
  return /\[(always|madvise|never)\]/.exec(enabled)?.[1] ?? null;
}

/** The mode in `/proc/sys/vm/overcommit_memory`: 0, 1 or 2; null for anything else. */
export function parseOvercommit(text: string): number | null {
  return /^[012]$/.test(text.trim()) ? Number(text) : null;
}

/** Bytes of this process in transparent huge pages, from `/proc/self/smaps_rollup` (Linux 4.14); null where it does not tell. */
export function parseAnonymousHuge(smapsRollup: string): Bytes | null {
  return kilobytes(smapsRollup, 'AnonHugePages');
}

/** The size of an ordinary page, from the first mapping in `/proc/self/smaps`; null where it does not tell. */
export function parsePageSize(smaps: string): Bytes | null {
  return kilobytes(smaps, 'KernelPageSize');
}

function kilobytes(text: string, name: string): Bytes | null {
  const digits = new RegExp(`^${name}:\\s+(\\d{1,15}) kB$`, 'm').exec(text)?.[1];
  return digits === undefined ? null : Number(digits) * KIB;
}
