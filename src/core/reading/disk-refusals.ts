/** Why a folder is not measured. */
export interface DiskRefusal {
  /** `filesystem`, `device`, `unknown-device`, `no-space`, `read-only`, `permission`, `not-found`, `not-a-folder`, `not-written` or `io-error`. */
  readonly code: string;
  /** One sentence: what is so. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly remedy: string;
}

const NETWORK = 'is read over a network';
const FOREIGN = 'passes every read to another program or system, which caches it';
const MEMORY = 'is memory, not a disk';
const LAYERED = 'hides which disk lies below it';
const COMPRESSED = 'is compressed and read-only';

/** Types that take O_DIRECT and then answer from somewhere else; seen to do so, or documented to (docs of each). */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  tmpfs: MEMORY,
  ramfs: MEMORY,
  hugetlbfs: MEMORY,
  devtmpfs: MEMORY,
  overlay: LAYERED,
  overlayfs: LAYERED,
  aufs: LAYERED,
  ecryptfs: LAYERED,
  '9p': FOREIGN,
  v9fs: FOREIGN,
  drvfs: FOREIGN,
  virtiofs: FOREIGN,
  vboxsf: FOREIGN,
  fuse: FOREIGN,
  fuseblk: FOREIGN,
  nfs: NETWORK,
  nfs4: NETWORK,
  cifs: NETWORK,
  smbfs: NETWORK,
  smb2: NETWORK,
  smb3: NETWORK,
  ceph: NETWORK,
  afs: NETWORK,
  squashfs: COMPRESSED,
  erofs: COMPRESSED,
  iso9660: COMPRESSED,
  // Before OpenZFS 2.3 a direct read is accepted and answered from its own cache, and the type does not tell the version.
  zfs: 'may answer from its own cache whatever is asked of it',
};

const REFUSED_DEVICES: readonly (readonly [RegExp, string])[] = [
  [/^loop\d/, 'is a file that pretends to be a disk, and its reads are cached'],
  [/^zram\d/, MEMORY],
  [/^ram\d/, MEMORY],
  [/^nbd\d/, NETWORK],
  [/^rbd\d/, NETWORK],
];

/** Why figures of this filesystem type would not be the disk's; null where they can be. */
export function whyTypeRefused(fsType: string): string | null {
  const type = fsType.toLowerCase();
  if (Object.hasOwn(REFUSED_TYPES, type)) return REFUSED_TYPES[type]!;
  return type.startsWith('fuse.') ? FOREIGN : null;
}

/** Whether merely asking such a filesystem can take forever, because another machine or program must answer. */
export function mayNeverAnswer(fsType: string): boolean {
  const why = whyTypeRefused(fsType);
  return why === NETWORK || why === FOREIGN;
}

/** Why figures of this block device (kernel name) would not be a disk's; null where they can be. */
export function whyDeviceRefused(name: string): string | null {
  return REFUSED_DEVICES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** statfs(2) magic numbers (linux/magic.h) of what must be known even where the mount table cannot be read. */
const TYPES_BY_MAGIC: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
  [0x01021997, '9p'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x65735546, 'fuse'],
  [0x00c36400, 'ceph'],
  [0x73717368, 'squashfs'],
  [0x2fc12fc1, 'zfs'],
  [0xca451a4e, 'bcachefs'],
  [0x9123683e, 'btrfs'],
  [0x58465342, 'xfs'],
  [0xef53, 'ext4'],
]);

/** The name of a Linux filesystem type by its statfs number; null for one that is not listed. ext2 and ext3 share ext4's. */
export function typeOfMagic(magic: number): string | null {
  // statfs gives a signed number on some systems.
  return TYPES_BY_MAGIC.get(magic >>> 0) ?? null;
}
