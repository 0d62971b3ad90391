import { GIB, MIB, type Bytes } from '../units';
import { whyDeviceRefused, whyTypeRefused, type DiskRefusal } from './disk-refusals';

/** One block device below a folder that has nothing below itself. */
export interface LeafDevice {
  /** Kernel name as in /proc/diskstats, e.g. `nvme0n1p2`. */
  readonly name: string;
  /** The whole disk that it is a part of, e.g. `nvme0n1`. */
  readonly disk: string;
  /** What the disk calls itself; null where it says nothing. */
  readonly vendor: string | null;
  readonly model: string | null;
}

/** What is known about a folder before anything is written to it. */
export interface DiskPlace {
  readonly directory: string;
  readonly mount: string | null;
  readonly fsType: string | null;
  readonly readOnly: boolean;
  /** What an ordinary user may still take (bavail, not bfree). */
  readonly freeBytes: Bytes | null;
  readonly leaves: readonly LeafDevice[];
  /** UUIDs that device-mapper and md layers between the filesystem and the leaves carry, e.g. `CRYPT-LUKS2-…`. */
  readonly layers: readonly string[];
  /** Whether devices below a folder can be told on this system: only on Linux. */
  readonly devicesKnowable: boolean;
  /** Folders on real disks, to name where this one is refused. */
  readonly alternatives: readonly string[];
}

export type PlaceVerdict =
  | { readonly kind: 'measure'; readonly fileBytes: Bytes }
  | { readonly kind: 'refuse'; readonly refusal: DiskRefusal };

/** A test file takes no more than this share of the free space … */
const LARGEST_SHARE = 0.05;
/** … is a multiple of this, so that every block size divides it … */
const FILE_STEP: Bytes = 64 * MIB;
/** … and is not smaller: smaller files fit into the caches of drives and hosts (256 MiB read at twice a disk's speed). */
const SMALLEST_FILE: Bytes = GIB;
/** What stays free beside the file, whatever happens. */
const LEAST_LEFT_FREE: Bytes = 2 * GIB;

/** Whether a folder's disk can be measured honestly, and with how large a file; `largestBytes` is what the user allows. */
export function judgePlace(place: DiskPlace, largestBytes: Bytes): PlaceVerdict {
  const refusal = refusalOf(place);
  return refusal === null ? sizeFile(place.freeBytes, largestBytes) : { kind: 'refuse', refusal };
}

function refusalOf(place: DiskPlace): DiskRefusal | null {
  const whyType = place.fsType === null ? null : whyTypeRefused(place.fsType);
  if (whyType !== null) {
    return { code: 'filesystem', message: `${place.fsType} ${whyType}.`, remedy: otherFolder(place) };
  }
  if (place.readOnly) {
    return {
      code: 'read-only',
      message: `${place.mount ?? place.directory} is mounted read-only.`,
      remedy: otherFolder(place),
    };
  }
  for (const { name } of place.leaves) {
    const why = whyDeviceRefused(name);
    if (why !== null) return { code: 'device', message: `${name} ${why}.`, remedy: otherFolder(place) };
  }
  if (place.devicesKnowable && place.leaves.length === 0) {
    return {
      code: 'unknown-device',
      message: `No disk could be found below ${place.directory}, so its reads could not be checked.`,
      remedy: otherFolder(place),
    };
  }
  return null;
}

function otherFolder({ alternatives }: DiskPlace): string {
  if (alternatives.length === 0) {
    return 'Choose a folder on a local disk; in a container, one that is mounted from the host (such as -v /data:/bench).';
  }
  return `Choose a folder on a local disk, such as ${alternatives.slice(0, 2).join(' or ')}.`;
}

function sizeFile(freeBytes: Bytes | null, largestBytes: Bytes): PlaceVerdict {
  if (freeBytes === null) {
    return refuseSpace('The free space could not be read.', 'Choose a folder on another disk.');
  }
  const wanted = Math.min(largestBytes, freeBytes * LARGEST_SHARE);
  const fileBytes = Math.floor(wanted / FILE_STEP) * FILE_STEP;
  const leftFree = Math.max(LEAST_LEFT_FREE, freeBytes * LARGEST_SHARE);
  if (fileBytes < SMALLEST_FILE || freeBytes < fileBytes + leftFree) {
    const gib = (freeBytes / GIB).toFixed(1);
    return refuseSpace(
      `${gib} GiB are free, and 1 GiB may be at most 5 % of that.`,
      'Free space until 20 GiB are free, or choose a folder on another disk.',
    );
  }
  return { kind: 'measure', fileBytes };
}

function refuseSpace(message: string, remedy: string): PlaceVerdict {
  return { kind: 'refuse', refusal: { code: 'no-space', message, remedy } };
}

/** Names that hypervisors give their disks, or themselves as vendor; Linux names paravirtual disks vd and xvd. */
const VIRTUAL_NAME = /^x?vd[a-z]/;
const VIRTUAL_MAKER = /qemu|vmware|msft|microsoft|virtual|vbox|google|amazon|xen|bhyve/i;
const REAL_NAME = /^(nvme\d|sd[a-z]|hd[a-z]|mmcblk\d|pmem\d)/;

/** Whether a hypervisor stands between here and the disk; null where the devices do not tell. */
export function isVirtualised(leaves: readonly LeafDevice[]): boolean | null {
  const verdicts = leaves.map(({ disk, vendor, model }) => {
    const maker = `${vendor ?? ''} ${model ?? ''}`;
    if (VIRTUAL_NAME.test(disk) || VIRTUAL_MAKER.test(maker)) return true;
    return REAL_NAME.test(disk) && maker.trim() !== '' ? false : null;
  });
  if (verdicts.includes(true)) return true;
  return verdicts.length === 0 || verdicts.includes(null) ? null : false;
}
