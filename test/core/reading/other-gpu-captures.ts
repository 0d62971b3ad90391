import { readFileSync } from 'node:fs';
import { type Figure } from '../../../src/core/figure';
import type { GpuReading } from '../../../src/core/profile/readings';
import { type AmdSysfsCard } from '../../../src/core/reading/amd-sysfs';
import { type PciHop } from '../../../src/core/reading/pci-link';
import { unexplained } from '../../support/probe-context';

export const AT = '2026-01-01T00:00:00Z';

export const fixture = (name: string) => readFileSync(`test/fixtures/other-gpus/${name}`, 'utf8');

export function hop(vendor: string, speed: string, width: string): PciHop {
  return { vendor, speed: `${speed} GT/s PCIe`, width, maxSpeed: '16.0 GT/s PCIe', maxWidth: '16' };
}

export const card: AmdSysfsCard = {
  address: '0000:03:00.0',
  productName: null,
  deviceId: '0x744c',
  uniqueId: 'c1f9a0b2d3e4f506',
  vramTotal: '25753026560\n',
  vramUsed: '1073741824\n',
  visibleTotal: '25753026560\n',
  gttTotal: '33554432000\n',
  driver: null,
  hops: [
    hop('0x1002', '16.0', '16'),
    hop('0x1002', '16.0', '16'),
    hop('0x1002', '8.0', '8'),
    hop('0x1022', '8.0', '8'),
  ],
  kfdProperties: 'cpu_cores_count 0\nsimd_count 192\ngfx_target_version 110000\nlocation_id 768\ndomain 0\n',
};

/** The values alone, without those that are null. */
export function valuesOf(gpu: GpuReading): Record<string, unknown> {
  const values = figuresOf(gpu).map(([name, { value }]) => [name, value] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== null));
}

export function unexplainedIn(gpu: GpuReading): readonly string[] {
  return unexplained(Object.fromEntries(figuresOf(gpu)));
}

export function figuresOf(gpu: GpuReading): readonly (readonly [string, Figure<unknown>])[] {
  return Object.entries(gpu).flatMap(([name, figure]) =>
    typeof figure === 'number' ? [] : [[name, figure] as const],
  );
}
