import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LeafDevice } from '../../core/reading/disk-verdict';
import { parseDiskstats } from '../../core/reading/diskstats';
import { sourceDevices, type Mount } from '../../core/reading/mounts';

const BLOCK_CLASS = '/sys/class/block';

/** The disks below a mount, and the UUIDs of the layers between. */
export interface DeviceTree {
  readonly leaves: readonly LeafDevice[];
  readonly layers: readonly string[];
}

/** Follows a mount down through partitions, device-mapper, md and btrfs to devices with nothing below them (Linux). */
export async function devicesBelow(mount: Mount): Promise<DeviceTree> {
  const tree = { leaves: new Map<string, LeafDevice>(), layers: new Set<string>() };
  for (const name of await topDevices(mount)) await descend(name, tree, new Set());
  return { leaves: [...tree.leaves.values()], layers: [...tree.layers] };
}

/** Bytes read so far from every block device; empty where the system does not count. */
export async function deviceCounters(): Promise<ReadonlyMap<string, number>> {
  return parseDiskstats((await textOf('/proc/diskstats')) ?? '');
}

async function topDevices(mount: Mount): Promise<readonly string[]> {
  const numbered = await realpath(`/sys/dev/block/${mount.deviceNumber}`).catch(() => null);
  if (numbered !== null) return [basename(numbered)];
  const names: string[] = [];
  for (const device of sourceDevices(mount)) {
    // /dev/mapper/data is a link to /dev/dm-0, which is what the kernel calls it.
    const path = await realpath(device).catch(() => null);
    if (path !== null) names.push(...(await btrfsSiblings(basename(path))));
  }
  return names;
}

/** All devices of the btrfs that holds this one: the mount table names only one of them. */
async function btrfsSiblings(name: string): Promise<readonly string[]> {
  for (const uuid of await namesIn('/sys/fs/btrfs')) {
    const devices = await namesIn(join('/sys/fs/btrfs', uuid, 'devices'));
    if (devices.includes(name)) return devices;
  }
  return [name];
}

async function descend(
  name: string,
  tree: { leaves: Map<string, LeafDevice>; layers: Set<string> },
  visited: Set<string>,
): Promise<void> {
  if (visited.has(name)) return;
  visited.add(name);
  const disk = await wholeDisk(name);
  await noteLayer(disk, tree.layers);
  const below = await namesIn(join(BLOCK_CLASS, disk, 'slaves'));
  for (const slave of below) await descend(slave, tree, visited);
  if (below.length === 0 && (await exists(join(BLOCK_CLASS, name)))) {
    tree.leaves.set(name, await describe(name, disk));
  }
}

/** A partition's folder in sysfs lies in that of its disk. */
async function wholeDisk(name: string): Promise<string> {
  const folder = join(BLOCK_CLASS, name);
  if (!(await exists(join(folder, 'partition')))) return name;
  return basename(dirname(await realpath(folder)));
}

async function noteLayer(disk: string, layers: Set<string>): Promise<void> {
  const mapped = await textOf(join(BLOCK_CLASS, disk, 'dm/uuid'));
  if (mapped) layers.add(mapped);
  const level = await textOf(join(BLOCK_CLASS, disk, 'md/level'));
  if (level) layers.add(`MD-${level}`);
}

async function describe(name: string, disk: string): Promise<LeafDevice> {
  const device = join(BLOCK_CLASS, disk, 'device');
  const vendor = await textOf(join(device, 'vendor'));
  // Memory cards have a name where others have a model.
  const model = (await textOf(join(device, 'model'))) ?? (await textOf(join(device, 'name')));
  return { name, disk, vendor, model };
}

async function textOf(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() === '' ? null : text.trim();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
