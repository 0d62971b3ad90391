import { describe, expect, it } from 'vitest';
import {
  mayNeverAnswer,
  typeOfMagic,
  whyDeviceRefused,
  whyTypeRefused,
} from '../../../src/core/reading/disk-refusals';
import {
  isVirtualised,
  judgePlace,
  type DiskPlace,
  type LeafDevice,
} from '../../../src/core/reading/disk-verdict';
import { GIB, MIB } from '../../../src/core/units';

const leaf = (
  name: string,
  vendor: string | null = null,
  model: string | null = 'Samsung 990',
): LeafDevice => ({
  name,
  disk: name.replace(/p?\d+$/, (part) => (name.startsWith('nvme') && !part.startsWith('p') ? part : '')),
  vendor,
  model,
});

const place: DiskPlace = {
  directory: '/data/models',
  mount: '/data',
  fsType: 'ext4',
  readOnly: false,
  freeBytes: 400 * GIB,
  leaves: [leaf('nvme0n1p2')],
  layers: [],
  devicesKnowable: true,
  alternatives: [],
};

function refusal(changes: Partial<DiskPlace>, largest = 4 * GIB) {
  const verdict = judgePlace({ ...place, ...changes }, largest);
  return verdict.kind === 'refuse' ? verdict.refusal : null;
}

const size = (freeBytes: number, largest = 4 * GIB) => {
  const verdict = judgePlace({ ...place, freeBytes }, largest);
  return verdict.kind === 'measure' ? verdict.fileBytes : verdict.refusal.code;
};

describe('the size of the test file', () => {
  it('is what the user allows where that is less than 5 % of the free space', () => {
    expect(size(400 * GIB)).toBe(4 * GIB);
    expect(size(400 * GIB, GIB)).toBe(GIB);
    expect(size(80 * GIB)).toBe(4 * GIB);
  });

  it('is 5 % of the free space otherwise, rounded down to 64 MiB', () => {
    expect(size(79.9 * GIB)).toBe(4 * GIB - 64 * MIB);
    expect(size(30 * GIB)).toBe(GIB + 512 * MIB);
    expect(size(20 * GIB)).toBe(GIB);
  });

  it('is none below 1 GiB, with the reason', () => {
    expect(size(20 * GIB - 1)).toBe('no-space');
    expect(size(0)).toBe('no-space');
    expect(refusal({ freeBytes: 5.25 * GIB })?.message).toContain('5.3 GiB are free');
    expect(size(400 * GIB, 512 * MIB)).toBe('no-space');
  });

  it('is none where the free space is unknown', () => {
    expect(refusal({ freeBytes: null })?.code).toBe('no-space');
  });
});

describe('a folder is refused', () => {
  it.each([
    'tmpfs',
    'ramfs',
    'overlay',
    '9p',
    'drvfs',
    'virtiofs',
    'nfs4',
    'cifs',
    'fuseblk',
    'fuse.sshfs',
    'ceph',
    'squashfs',
    'zfs',
  ])('by its type: %s, in whatever case', (fsType) => {
    expect(refusal({ fsType })?.code).toBe('filesystem');
    expect(refusal({ fsType: fsType.toUpperCase() })?.message).toMatch(/^\S+ .+\.$/);
  });

  it.each(['ext4', 'xfs', 'btrfs', 'f2fs', 'NTFS'])('but not by %s', (fsType) => {
    expect(refusal({ fsType })).toBeNull();
  });

  it('by a type that is a name of every object, no more than by another', () => {
    expect(whyTypeRefused('constructor')).toBeNull();
  });

  it.each(['loop0', 'zram0', 'ram1', 'nbd0', 'rbd3'])('by what lies below: %s', (name) => {
    expect(refusal({ leaves: [leaf('nvme0n1p2'), leaf(name)] })?.code).toBe('device');
    expect(whyDeviceRefused(name)).not.toBeNull();
  });

  it('where no device could be found, on a system where one can', () => {
    expect(refusal({ leaves: [] })?.code).toBe('unknown-device');
    expect(refusal({ leaves: [], devicesKnowable: false })).toBeNull();
  });

  it('where it is mounted read-only', () => {
    expect(refusal({ readOnly: true })?.code).toBe('read-only');
  });

  it('and told which folders to choose instead', () => {
    const remedy = refusal({ fsType: 'overlay', alternatives: ['/bench', '/data', '/more'] })?.remedy;
    expect(remedy).toBe('Choose a folder on a local disk, such as /bench or /data.');
    expect(refusal({ fsType: 'overlay' })?.remedy).toContain('mounted from the host');
  });
});

describe('a disk is virtual', () => {
  it.each([
    [leaf('vda'), true],
    [leaf('xvdf'), true],
    [leaf('sda', 'QEMU', 'QEMU HARDDISK'), true],
    [leaf('sdb', 'Msft', 'Virtual Disk'), true],
    [leaf('sda', 'VMware,', 'VMware Virtual S'), true],
    [leaf('nvme1n1', null, 'Amazon Elastic Block Store'), true],
    [leaf('nvme0n1p2'), false],
    [leaf('sda', 'ATA', 'WDC WD40EFRX'), false],
    [leaf('sda', null, null), null],
    [leaf('dasda', null, 'thing'), null],
  ])('%o: %s', (device, virtual) => {
    expect(isVirtualised([device])).toBe(virtual);
  });

  it('if one of several is, and unknown if one does not tell', () => {
    expect(isVirtualised([leaf('nvme0n1'), leaf('vdb')])).toBe(true);
    expect(isVirtualised([leaf('nvme0n1'), leaf('sda', null, null)])).toBeNull();
    expect(isVirtualised([])).toBeNull();
  });
});

describe('typeOfMagic', () => {
  it('knows types by their number, signed or not', () => {
    expect(typeOfMagic(0x01021994)).toBe('tmpfs');
    expect(typeOfMagic(0x9123683e | 0)).toBe('btrfs');
    expect(typeOfMagic(1)).toBeNull();
  });
});

describe('mayNeverAnswer', () => {
  it('is true of what another machine or program answers for', () => {
    expect(['nfs4', 'fuse.sshfs', '9p', 'cifs'].every(mayNeverAnswer)).toBe(true);
    expect(['ext4', 'tmpfs', 'overlay'].some(mayNeverAnswer)).toBe(false);
  });
});
