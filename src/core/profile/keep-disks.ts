import { machineId } from '../receipt/machine-id';
import type { Finding } from '../finding';
import type { Profile } from './schema';

const DISKS = '/hardware/disks';

/**
 * A profile for which no disk was measured, with the disks of an earlier one of the same machine: their figures keep their
 * own date and provenance, and a finding says so. As it is where disks were measured, none is known, or the machine is another.
 */
export function keepDisks(profile: Profile, earlier: Profile | null): Profile {
  if (earlier === null || profile.hardware.disks.length > 0 || earlier.hardware.disks.length === 0) {
    return profile;
  }
  if (machineId(profile) !== machineId(earlier)) return profile;
  const kept = Object.entries(earlier.provenance).filter(([pointer]) => pointer.startsWith(`${DISKS}/`));
  const own = earlier.findings.filter(({ code, path }) => path?.startsWith(DISKS) && code !== KEPT);
  return {
    ...profile,
    hardware: { ...profile.hardware, disks: earlier.hardware.disks },
    findings: [...profile.findings, ...own, diskKept(kept.map(([, source]) => source.measured_at))],
    provenance: { ...profile.provenance, ...Object.fromEntries(kept) },
  };
}

const KEPT = 'disks-kept';

function diskKept(dates: readonly (string | null)[]): Finding {
  const latest = dates
    .filter((date) => date !== null)
    .sort()
    .at(-1);
  return {
    severity: 'info',
    code: KEPT,
    path: DISKS,
    message: `No disk was measured this time: what is known of disks is from ${latest === undefined ? 'before' : latest.slice(0, 10)}.`,
    remedy: 'Measure them again with `plimsoll probe` without --quick.',
  };
}
