import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { probeAllGpus } from '../../../src/host/probe/all-gpus';
import { probeAmdGpus } from '../../../src/host/probe/amd-gpus';
import { probeIntelGpus } from '../../../src/host/probe/intel-gpus';
import { probeContext } from '../../support/probe-context';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-sysfs-'));
let sysfs = '';
beforeEach(() => (sysfs = mkdtempSync(join(base, 'sys-'))));
afterAll(() => rmSync(base, { recursive: true }));

const { context } = probeContext();

/** A device of the tree that the kernel shows: its folder below its bridges, and a link to it from the bus. */
function addDevice(path: readonly string[], files: Readonly<Record<string, string>>): string {
  const folder = join(sysfs, 'devices/pci0000:00', ...path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${text}\n`);
  }
  const bus = join(sysfs, 'bus/pci/devices');
  mkdirSync(bus, { recursive: true });
  symlinkSync(relative(bus, folder), join(bus, path.at(-1)!));
  return folder;
}

function link(speed: string, width: number) {
  return {
    current_link_speed: `${speed} GT/s PCIe`,
    current_link_width: String(width),
    max_link_speed: '16.0 GT/s PCIe',
    max_link_width: '16',
  };
}

const root = ['0000:00:01.1'];
const outer = [...root, '0000:01:00.0'];
const inner = [...outer, '0000:02:00.0'];

function addRadeon(files: Readonly<Record<string, string>> = {}): void {
  addDevice(root, { class: '0x060400', vendor: '0x1022', ...link('8.0', 8) });
  addDevice(outer, { class: '0x060400', vendor: '0x1002', ...link('8.0', 8) });
  addDevice(inner, { class: '0x060400', vendor: '0x1002', ...link('16.0', 16) });
  addDevice([...inner, '0000:03:00.0'], {
    class: '0x030000',
    vendor: '0x1002',
    device: '0x744c',
    ...link('16.0', 16),
    ...files,
  });
}

const memory = {
  mem_info_vram_total: '25753026560',
  mem_info_vram_used: '1073741824',
  mem_info_vis_vram_total: '268435456',
};

describe.skipIf(process.platform === 'win32')('cards in a tree like that of /sys', () => {
  it('of AMD are read with the link of their slot and their chip', async () => {
    addRadeon(memory);
    addDevice(['0000:00:14.0'], { class: '0x0c0330', vendor: '0x1002' });
    const node = join(sysfs, 'class/kfd/kfd/topology/nodes/1');
    mkdirSync(node, { recursive: true });
    writeFileSync(join(node, 'properties'), 'simd_count 192\ngfx_target_version 110000\nlocation_id 768\n');
    const { gpus, findings } = await probeAmdGpus(context, sysfs);
    expect(gpus).toHaveLength(1);
    expect(gpus[0]).toMatchObject({
      pci_bus_id: { value: '0000:03:00.0' },
      vram_total_mib: { value: 24_560 },
      vram_free_mib: { value: 23_536 },
      compute_capability: { value: 'gfx1100' },
      pcie_gen: { value: 3 },
      pcie_width: { value: 8 },
      pcie_width_max: { value: 16 },
    });
    expect(findings).toMatchObject([{ code: 'resizable-bar-off' }]);
  });

  it('of AMD that another driver has are asked of AMD’s tools', async () => {
    addRadeon();
    const programs = join(sysfs, 'bin');
    mkdirSync(programs);
    writeFileSync(
      join(programs, 'rocm-smi'),
      '#!/bin/sh\necho \'{"card0": {"Card Series": "Radeon", "VRAM Total Memory (B)": "8589934592"}}\'\n',
    );
    chmodSync(join(programs, 'rocm-smi'), 0o755);
    const before = process.env['PATH'];
    process.env['PATH'] = `${programs}:${before}`;
    try {
      const { gpus } = await probeAmdGpus(context, sysfs);
      expect(gpus).toMatchObject([{ name: { value: 'Radeon' }, vram_total_mib: { value: 8192 } }]);
    } finally {
      process.env['PATH'] = before;
    }
  });

  it('of Intel are read where they are cards, and not where they are in the processor', async () => {
    addDevice(['0000:00:02.0'], { class: '0x030000', vendor: '0x8086', device: '0x4680' });
    const files = {
      class: '0x038000',
      vendor: '0x8086',
      device: '0x56c0',
      'tile0/physical_vram_size_bytes': '17179869184',
    };
    const folder = addDevice([...root, '0000:04:00.0'], files);
    mkdirSync(join(sysfs, 'bus/pci/drivers/xe'), { recursive: true });
    symlinkSync(join(sysfs, 'bus/pci/drivers/xe'), join(folder, 'driver'));
    const { gpus } = await probeIntelGpus(context, sysfs);
    expect(gpus).toMatchObject([
      {
        name: { value: 'Intel GPU 0x56c0' },
        driver_version: { value: 'xe' },
        vram_total_mib: { value: 16_384 },
      },
    ]);
  });

  it('are none where there is no such tree', async () => {
    const nothing = { gpus: [], findings: [] };
    expect(await probeAmdGpus(context, join(sysfs, 'none'))).toEqual(nothing);
    expect(await probeIntelGpus(context, join(sysfs, 'none'))).toEqual(nothing);
  });
});

describe('all GPUs of this machine', () => {
  it('are a list in order, or unknown with a reason', async () => {
    const { reading } = await probeAllGpus(context);
    if (reading.value === null) expect(reading.provenance.reason).toMatch(/^[a-z-]+/);
    else expect(reading.value.map(({ index }) => index)).toEqual([...reading.value.keys()]);
  });

  it('are not waited for when cancelled', async () => {
    const cancelled = probeContext(AbortSignal.abort());
    await expect(probeAllGpus(cancelled.context)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
