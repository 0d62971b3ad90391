import type { Finding } from '../finding';
import type { Disk, Profile } from '../profile/schema';

/** Disks whose figures say less than they seem to, or that have none. */
export function diagnoseDisks({ hardware }: Profile): readonly Finding[] {
  const found = hardware.disks.map((disk, position) => judge(disk, `/hardware/disks/${position}`));
  return found.filter((finding) => finding !== null);
}

function judge(disk: Disk, path: string): Finding | null {
  if (disk.refused !== null) {
    return {
      severity: 'warning',
      code: 'disk-refused',
      path,
      message: `The disk of ${disk.directory} was not measured: ${disk.refused.message}`,
      remedy: 'Name a folder on a local disk with `plimsoll probe --dir`.',
    };
  }
  if (disk.virtualised !== true) return null;
  return {
    severity: 'info',
    code: 'disk-virtualised',
    path,
    message: `The disk of ${disk.directory} (${disk.device ?? 'its device is not known'}) is virtual: its host may answer from a cache.`,
    remedy: null,
  };
}
