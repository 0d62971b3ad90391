import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compareAddresses } from '../../core/reading/nvidia-smi-rows';
import type { PciHop } from '../../core/reading/pci-link';
import { readSystemText } from './platform-files';

/** More devices than any PCI bus lists. */
const MAX_DEVICES = 4096;
/** Bridges between a card and the processor: nested switches stay below ten. */
const MAX_HOPS = 16;

/** A display or compute device on the PCI bus. */
export interface DisplayDevice {
  /** `0000:03:00.0` */
  readonly address: string;
  /** Its folder in sysfs. */
  readonly folder: string;
}

/** Display controllers and accelerators of a maker (`0x1002`), in the order of their addresses. `sysfs` is `/sys` but in tests. */
export async function displayDevices(sysfs: string, vendor: string): Promise<readonly DisplayDevice[]> {
  const bus = join(sysfs, 'bus/pci/devices');
  const names = (await readdir(bus).catch(() => [])).slice(0, MAX_DEVICES);
  const found = await Promise.all(
    names.map(async (name) => {
      const folder = join(bus, name);
      const kind = (await readLine(folder, 'class')) ?? '';
      // Class 03: display controllers; 1200: accelerators, which server cards call themselves.
      const fits = /^0x(03|1200)/.test(kind) && (await readLine(folder, 'vendor')) === vendor;
      return fits ? [{ address: name, folder }] : [];
    }),
  );
  return found.flat().sort((left, right) => compareAddresses(left.address, right.address));
}

/** What the device and every bridge above it say of their links, up to the root port. */
export async function hopsAbove({ folder }: DisplayDevice): Promise<readonly PciHop[]> {
  const hops: PciHop[] = [];
  let current = await realpath(folder).catch(() => folder);
  while (hops.length < MAX_HOPS && /^[\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.[0-7]$/.test(basename(current))) {
    hops.push({
      vendor: await readLine(current, 'vendor'),
      speed: await readLine(current, 'current_link_speed'),
      width: await readLine(current, 'current_link_width'),
      maxSpeed: await readLine(current, 'max_link_speed'),
      maxWidth: await readLine(current, 'max_link_width'),
    });
    current = dirname(current);
  }
  return hops;
}

/** The text of a file in a folder of sysfs, without space around it; null where it is absent or empty. */
export async function readLine(folder: string, name: string): Promise<string | null> {
  return (await readSystemText(join(folder, name), 65_536))?.trim() || null;
}
