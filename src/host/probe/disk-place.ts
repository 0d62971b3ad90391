import { constants } from 'node:fs';
import { access, readFile, realpath, stat, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { mayNeverAnswer, typeOfMagic, type DiskRefusal } from '../../core/reading/disk-refusals';
import type { DiskPlace } from '../../core/reading/disk-verdict';
import { mountOf, mountPointsOnDisks, parseMountinfo, type Mount } from '../../core/reading/mounts';
import { devicesBelow } from './disk-devices';
import { refusalOfError } from './disk-errors';

/** What lies below a folder; `refusal` where it is no folder that can be written to. Writes nothing. */
export interface InspectedPlace {
  readonly place: DiskPlace;
  readonly refusal: DiskRefusal | null;
}

/** Gathers all that decides whether and how a folder's disk can be measured. */
export async function inspectPlace(directory: string): Promise<InspectedPlace> {
  const asked = resolve(directory);
  const mounts = await mountTable();
  const alternatives = await writableFolders(mountPointsOnDisks(mounts));
  const nothing = { ...emptyPlace(asked), alternatives };
  const nearest = mountOf(mounts, asked);
  if (nearest !== null && mayNeverAnswer(nearest.fsType)) {
    return { place: { ...nothing, mount: nearest.mountPoint, fsType: nearest.fsType }, refusal: null };
  }
  try {
    const path = await realpath(asked);
    if (!(await stat(path)).isDirectory()) return { place: nothing, refusal: notAFolder(asked) };
    const place = { ...nothing, ...(await facts(path, mountOf(mounts, path))) };
    return { place, refusal: await unwritable(place, path) };
  } catch (error) {
    return { place: nothing, refusal: refusalOfError(error, asked) };
  }
}

async function facts(path: string, mount: Mount | null): Promise<Partial<DiskPlace>> {
  const filesystem = await statfs(path);
  const linux = process.platform === 'linux';
  const devices = mount === null ? { leaves: [], layers: [] } : await devicesBelow(mount);
  return {
    mount: mount?.mountPoint ?? null,
    fsType: mount?.fsType ?? (linux ? typeOfMagic(filesystem.type) : shareType(path)),
    readOnly: mount?.readOnly ?? false,
    freeBytes: filesystem.bavail * filesystem.bsize,
    devicesKnowable: linux,
    ...devices,
  };
}

/** Windows names a share by two leading separators; a mapped drive letter becomes one in realpath. Not run there. */
function shareType(path: string): string | null {
  return path.startsWith('\\\\') && !path.startsWith('\\\\?\\') ? 'network share' : null;
}

/** A read-only mount is judged by its table entry, which names the mount; here only the permission. */
async function unwritable(place: DiskPlace, path: string): Promise<DiskRefusal | null> {
  if (place.readOnly) return null;
  return access(path, constants.W_OK | constants.X_OK).then(
    () => null,
    (error: unknown) => refusalOfError(error, place.directory),
  );
}

function notAFolder(path: string): DiskRefusal {
  return {
    code: 'not-a-folder',
    message: `${path} is not a folder.`,
    remedy: 'Choose the folder that it lies in.',
  };
}

async function mountTable(): Promise<readonly Mount[]> {
  if (process.platform !== 'linux') return [];
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
}

/** Single files can be mounted too, so each is looked at. */
async function writableFolders(paths: readonly string[]): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const path of new Set(paths)) {
    const writable = await access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (writable && (await stat(path)).isDirectory()) folders.push(path);
  }
  return folders;
}

function emptyPlace(directory: string): DiskPlace {
  return {
    directory,
    mount: null,
    fsType: null,
    readOnly: false,
    freeBytes: null,
    leaves: [],
    layers: [],
    devicesKnowable: process.platform === 'linux',
    alternatives: [],
  };
}
