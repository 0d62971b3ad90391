import type { Model } from '../../model/schema';
import type { Disk, Profile } from '../../profile/schema';
import { type Bytes, KIB, MB } from '../../units';

/** What paging reads from the disk each token: the part of the host's weights that does not fit. */
export interface Paging {
  /** 0 to 1: bytes over the budget of all host weights. */
  readonly share: number;
}

/** Seconds that a token waits for the disk: at the least, and as it is to be expected; or what would have to be known. */
export type PagedSeconds =
  | { readonly kind: 'known'; readonly least: number; readonly expected: number }
  | { readonly kind: 'unknown'; readonly missing: readonly string[] };

/**
 * Pages beyond memory come back one fault after the other: as expected, at the measured rate of random 4 KiB reads, queue
 * depth 1; at the least, each fault brings a whole read-ahead in (`mapped_fault_us`), or the disk reads in sequence.
 */
export function pagedSeconds(model: Model, profile: Profile, paged: Bytes): PagedSeconds {
  if (paged <= 0) return { kind: 'known', least: 0, expected: 0 };
  const found = diskFor(model, profile);
  if (found === null) return { kind: 'unknown', missing: ['/hardware/disks'] };
  const { disk, position } = found;
  const pointer = `/hardware/disks/${position}`;
  const random = positive(disk.nvme_rand_qd1_read_mbps);
  if (random === null) return { kind: 'unknown', missing: [`${pointer}/nvme_rand_qd1_read_mbps`] };
  const expected = paged / (random * MB);
  const ahead = readAheadRate(disk, profile, pointer);
  return { kind: 'known', expected, least: ahead === null ? expected : Math.min(expected, paged / ahead) };
}

/** Bytes a second where every page that a fault reads ahead is used; null where faults were not measured. */
function readAheadRate(disk: Disk, profile: Profile, pointer: string): number | null {
  const fault = positive(disk.mapped_fault_us);
  const ahead = profile.provenance[`${pointer}/mapped_fault_us`]?.conditions?.['read_ahead_kib'];
  if (fault === null || typeof ahead !== 'number') return null;
  return (ahead * KIB) / (fault / 1e6);
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

/** The measured disk that the model's file lies on, else the first that was measured. */
function diskFor(model: Model, profile: Profile): { disk: Disk; position: number } | null {
  const measured = profile.hardware.disks
    .map((disk, position) => ({ disk, position }))
    .filter(({ disk }) => disk.refused === null);
  const own = measured.filter(({ disk }) => model.source.locator.startsWith(disk.mount ?? disk.directory));
  own.sort((left, right) => (right.disk.mount ?? '').length - (left.disk.mount ?? '').length);
  return own[0] ?? measured[0] ?? null;
}
