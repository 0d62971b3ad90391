import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuEvidence } from '../../core/reading/nvidia-smi-evidence';

/** More devices than any PCI bus or /sys/class/drm lists. */
const MAX_DEVICES = 4096;

/** Looks for signs of GPUs under `root`, which is `/` but in tests. Never throws: what cannot be read is no sign. */
export async function gatherGpuEvidence(root: string): Promise<GpuEvidence> {
  const windows = process.env['WINDIR'] ?? 'C:\\Windows';
  const isWindows = process.platform === 'win32';
  return {
    driverVersion: await textOf(join(root, 'proc/driver/nvidia/version')),
    deviceFiles: ((await namesIn(join(root, 'dev'))) ?? []).filter((name) => /^nvidia\d+$/.test(name)),
    displayVendors: await displayVendors(root),
    dxg: await exists(join(root, 'dev/dxg')),
    nvcuda: isWindows && (await exists(join(windows, 'System32', 'nvcuda.dll'))),
    apple: process.platform === 'darwin' && process.arch === 'arm64',
  };
}

async function displayVendors(root: string): Promise<readonly string[] | null> {
  const bus = join(root, 'sys/bus/pci/devices');
  const cards = join(root, 'sys/class/drm');
  const [devices, drm] = [await namesIn(bus), await namesIn(cards)];
  if (devices === null && drm === null) return null;
  const onBus = (devices ?? []).slice(0, MAX_DEVICES).map((name) => displayVendor(join(bus, name)));
  const driven = (drm ?? [])
    .filter((name) => /^card\d+$/.test(name))
    .map((name) => textOf(join(cards, name, 'device/vendor')));
  const found = await Promise.all([...onBus, ...driven]);
  return [...new Set(found.filter((vendor) => vendor !== null))].sort();
}

/** Vendor of a PCI device of class 03 (display controller); null for any other. */
async function displayVendor(device: string): Promise<string | null> {
  const kind = await textOf(join(device, 'class'));
  return kind?.startsWith('0x03') ? textOf(join(device, 'vendor')) : null;
}

async function textOf(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}

async function namesIn(path: string): Promise<readonly string[] | null> {
  try {
    return await readdir(path);
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
