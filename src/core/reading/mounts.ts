/** One line of `/proc/self/mountinfo`. */
export interface Mount {
  /** `major:minor` of the filesystem; major 0 is anonymous (btrfs, overlay, tmpfs) and names no block device. */
  readonly deviceNumber: string;
  readonly mountPoint: string;
  readonly fsType: string;
  /** What was mounted, e.g. `/dev/nvme0n1p2` or `overlay`. */
  readonly source: string;
  readonly readOnly: boolean;
  /** The writable folder of an overlay; null for every other type and for an overlay without one. */
  readonly upperDirectory: string | null;
}

/** Mounts in the order of the file; lines that are not whole are left out. Format: proc_pid_mountinfo(5). */
export function parseMountinfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/**
 * The mount that a path lies on: the longest mount point that is the path or a folder above it; of two on the same
 * point the later one, which hides the earlier. `path` is absolute and without symbolic links. Null where none fits.
 */
export function mountOf(mounts: readonly Mount[], path: string): Mount | null {
  let best: Mount | null = null;
  for (const mount of mounts) {
    if (!contains(mount.mountPoint, path)) continue;
    if (best === null || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

/**
 * The block device paths of a mount's source: one, several where the filesystem lists them (`/dev/sda:/dev/sdb` of
 * bcachefs), none where the source is only a word.
 */
export function sourceDevices(mount: Mount): readonly string[] {
  return mount.source.split(':').filter((part) => part.startsWith('/dev/'));
}

/**
 * Mount points of block devices, where a disk can be measured: what to choose instead of a refused folder. System folders
 * are left out, for containers have single files of the host mounted there.
 */
export function mountPointsOnDisks(mounts: readonly Mount[]): readonly string[] {
  return mounts
    .filter(({ deviceNumber, readOnly }) => !deviceNumber.startsWith('0:') && !readOnly)
    .filter(({ source }) => !/^\/dev\/(loop|zram|ram|nbd|rbd)/.test(source))
    .map(({ mountPoint }) => mountPoint)
    .filter((point) => !/^\/(boot|dev|etc|lib|lib64|proc|run|snap|sys|usr)(\/|$)/.test(point));
}

function parseLine(line: string): Mount | null {
  // The optional fields before the dash vary in number, so the two halves are taken from either side of it.
  const [left, right] = splitOnce(line, ' - ');
  const [, , deviceNumber, , mountPoint, options] = left.split(' ');
  const [fsType, source, superOptions] = right.split(' ');
  if (!deviceNumber || !mountPoint || !options || !fsType || source === undefined) return null;
  if (!/^\d+:\d+$/.test(deviceNumber)) return null;
  return {
    deviceNumber,
    mountPoint: unescapeOctal(mountPoint),
    fsType,
    source: unescapeOctal(source),
    readOnly: hasOption(options, 'ro') || hasOption(superOptions ?? '', 'ro'),
    upperDirectory: fsType.startsWith('overlay') ? optionValue(superOptions ?? '', 'upperdir') : null,
  };
}

function splitOnce(line: string, separator: string): readonly [string, string] {
  const at = line.indexOf(separator);
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + separator.length)];
}

function contains(folder: string, path: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

function hasOption(options: string, name: string): boolean {
  return options.split(',').includes(name);
}

function optionValue(options: string, name: string): string | null {
  // A comma inside a value is written `\,` or `\054`; only the bare comma separates.
  const found = options.split(/(?<!\\),/).find((option) => option.startsWith(`${name}=`));
  return found === undefined ? null : unescapeOctal(found.slice(name.length + 1).replaceAll('\\,', ','));
}

/** The kernel writes space, tab, newline and backslash as three octal digits, byte by byte. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
