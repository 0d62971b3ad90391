import { describe, expect, it } from 'vitest';
import { diskFigures, refusedDisk, type PassOutcome } from '../../../src/core/reading/disk-figures';
import type { DiskRun } from '../../../src/core/reading/disk-honesty';
import type { DiskPlace } from '../../../src/core/reading/disk-verdict';
import { GIB } from '../../../src/core/units';

const at = '2026-11-21T09:00:00.000Z';
const place: DiskPlace = {
  directory: '/data/models',
  mount: '/data',
  fsType: 'ext4',
  readOnly: false,
  freeBytes: 400 * GIB,
  leaves: [{ name: 'nvme0n1p2', disk: 'nvme0n1', vendor: null, model: 'Samsung 990' }],
  layers: [],
  devicesKnowable: true,
  alternatives: [],
};

const run = (bytesPerSecond: number, iops: number, latencyMeanUs: number | null): DiskRun => ({
  bytesPerSecond,
  iops,
  latencyMeanUs,
  latencyP50Us: 46,
  ioBytes: 4e9,
  deviceBytes: 4.004e9,
  runtimeMs: 4000,
});
const measured = (runs: readonly DiskRun[]): PassOutcome => ({
  kind: 'measured',
  method: 'fio 3.33 psync',
  conditions: { block_kib: 4, queue_depth: 1 },
  runs,
});
const killed: PassOutcome = {
  kind: 'missing',
  reason: 'killed: fio was ended by SIGKILL',
  method: 'fio 3.33',
};

describe('diskFigures', () => {
  const random = measured([run(63.414e6, 15_480.24, 62.104), run(60e6, 15_000, 64), run(70e6, 16_000, 60)]);
  const disk = diskFigures(place, { fileBytes: 4 * GIB, sequential: killed, random, details: null }, at);

  it('takes the median in decimal units and keeps the spread', () => {
    expect(disk.nvme_rand_qd1_read_iops).toEqual({
      value: 15_480.2,
      provenance: {
        method: 'fio 3.33 psync',
        conditions: { block_kib: 4, queue_depth: 1, device_bytes_ratio: 1.001 },
        samples: { n: 3, min: 15_000, median: 15_480.2, max: 16_000 },
        measured_at: at,
        reason: null,
      },
    });
    expect(disk.nvme_rand_qd1_read_mbps.value).toBe(63.41);
    expect(disk.nvme_rand_qd1_lat_us.value).toBe(62.1);
  });

  it('keeps the other figures where one pass failed, with its reason', () => {
    expect(disk.nvme_seq_read_gbps).toMatchObject({ value: null, provenance: { reason: killed.reason } });
  });

  it('names folder, mount, type, disk and file size', () => {
    expect(disk.directory).toBe('/data/models');
    expect(
      [disk.mount, disk.fs_type, disk.device, disk.virtualised, disk.size_gib].map(({ value }) => value),
    ).toEqual(['/data', 'ext4', 'nvme0n1', false, 4]);
    expect(disk.refused).toBeNull();
  });

  it('gives a speed of three decimals', () => {
    const sequential = measured([run(6.8123e9, 1, null), run(6.8117e9, 1, null)]);
    const figures = diskFigures(place, { fileBytes: GIB, sequential, random: sequential, details: null }, at);
    expect(figures.nvme_seq_read_gbps.value).toBe(6.812);
    expect(figures.nvme_rand_qd1_lat_us).toMatchObject({ value: null });
  });
});

describe('refusedDisk', () => {
  it('has no figure, and every one says why', () => {
    const refusal = {
      code: 'filesystem',
      message: 'tmpfs is memory, not a disk.',
      remedy: 'Choose a folder on a local disk.',
    };
    const disk = refusedDisk({ ...place, fsType: 'tmpfs', leaves: [] }, refusal, at);
    expect(disk.refused).toEqual({
      code: 'filesystem',
      message: 'tmpfs is memory, not a disk. Choose a folder on a local disk.',
    });
    expect(disk.nvme_seq_read_gbps).toMatchObject({
      value: null,
      provenance: { reason: 'refused-filesystem: tmpfs is memory, not a disk.' },
    });
    expect(disk.device.value).toBeNull();
    expect(disk.size_gib.value).toBeNull();
  });
});
