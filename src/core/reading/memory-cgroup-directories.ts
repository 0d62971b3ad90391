/** One directory of the cgroup tree that confines this process. */
export interface CgroupDirectory {
  readonly version: 1 | 2;
  readonly directory: string;
}

export type Controller = 'memory' | 'cpu';

interface CgroupMount {
  readonly version: 1 | 2;
  /** What part of the hierarchy is mounted: `/` on a host, the container's own cgroup where only that is shown. */
  readonly root: string;
  readonly mountPoint: string;
}

/** A path deeper than this is not from a kernel that anyone runs; systemd with nested containers stays below 20. */
const MAX_DEPTH = 64;

/**
 * The directories whose files of one controller bind this process, from its own cgroup up to the top of what is mounted.
 * `selfCgroup` is `/proc/self/cgroup`, `mountinfo` is `/proc/self/mountinfo`. Empty where the controller is not mounted.
 */
export function cgroupDirectories(
  selfCgroup: string,
  mountinfo: string,
  controller: Controller,
): readonly CgroupDirectory[] {
  return parseMounts(mountinfo, controller).flatMap((mount) => {
    const path = pathOf(selfCgroup, mount.version, controller);
    return path === null ? [] : directoriesBelow(mount, path);
  });
}

/** cgroup v1 names the controllers of each line (`4:memory:/a`); v2 has one line without (`0::/a`). */
function pathOf(selfCgroup: string, version: 1 | 2, controller: Controller): string | null {
  for (const line of selfCgroup.split('\n')) {
    const [id, controllers, ...rest] = line.split(':');
    const path = rest.join(':');
    if (!path.startsWith('/')) continue;
    const matches =
      version === 2 ? id === '0' && controllers === '' : controllers!.split(',').includes(controller);
    if (matches) return path;
  }
  return null;
}

function parseMounts(mountinfo: string, controller: Controller): readonly CgroupMount[] {
  const mounts = mountinfo.split('\n').flatMap((line) => parseMount(line, controller) ?? []);
  // A hierarchy that is mounted twice (a bind mount of a part of it) counts once, by its widest view.
  const widest = new Map<number, CgroupMount>();
  for (const mount of mounts) {
    const seen = widest.get(mount.version);
    if (seen === undefined || mount.root.length < seen.root.length) widest.set(mount.version, mount);
  }
  return [...widest.values()];
}

/** `36 31 0:32 ROOT MOUNT-POINT options [optional fields] - TYPE SOURCE SUPER-OPTIONS` (proc(5)). */
function parseMount(line: string, controller: Controller): CgroupMount | null {
  const [left, right] = line.split(' - ');
  const [type, , superOptions] = right?.split(' ') ?? [];
  const [, , , root, mountPoint] = left!.split(' ');
  if (root === undefined || mountPoint === undefined) return null;
  const paths = { root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint) };
  if (type === 'cgroup2') return { version: 2, ...paths };
  if (type === 'cgroup' && superOptions?.split(',').includes(controller)) return { version: 1, ...paths };
  return null;
}

/** Mount tables write space, tab, newline and backslash as `\040` and the like. */
function unescapeOctal(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

/** A path outside what is mounted (`/../other`, or a host path seen through a container's mount) leaves the mount point itself. */
function directoriesBelow(mount: CgroupMount, path: string): readonly CgroupDirectory[] {
  const names = namesBelow(mount.root, path).slice(0, MAX_DEPTH);
  const base = mount.mountPoint.replace(/\/$/, '');
  return Array.from({ length: names.length + 1 }, (_, level) => ({
    version: mount.version,
    directory: [base, ...names.slice(0, names.length - level)].join('/'),
  }));
}

function namesBelow(root: string, path: string): readonly string[] {
  const prefix = root === '/' ? '/' : `${root}/`;
  if (path === root || !path.startsWith(prefix)) return [];
  const names = path.slice(prefix.length).split('/');
  return names.includes('..') ? [] : names.filter((name) => name !== '');
}
