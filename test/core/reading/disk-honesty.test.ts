import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingsOfPass, findingsOfPlace } from '../../../src/core/reading/disk-findings';
import { judgeRun, type DiskRun } from '../../../src/core/reading/disk-honesty';
import type { DiskPlace } from '../../../src/core/reading/disk-verdict';

const run: DiskRun = {
  bytesPerSecond: 1e9,
  iops: 4000,
  latencyMeanUs: 50,
  latencyP50Us: 46,
  ioBytes: 4e9,
  deviceBytes: 4e9,
  runtimeMs: 4001,
};
const ratio = (share: number): DiskRun => ({ ...run, deviceBytes: run.ioBytes * share });

describe('judgeRun', () => {
  it('agrees with every filesystem that was compared on a real machine', () => {
    const rows = readFileSync('test/fixtures/fio/detector.txt', 'utf8').trim().split('\n');
    expect(rows).toHaveLength(15);
    for (const row of rows) {
      const share = Number(/iobytes=\{'\w+': ([\d.]+)\}/.exec(row)?.[1] ?? 0);
      const expected = /tmpfs/.test(row) ? 'cached' : 'honest';
      expect(judgeRun(ratio(share), 4).kind, row).toBe(expected);
    }
  });

  it('calls a run cached below 95 % from the disk, and says how much was', () => {
    expect(judgeRun(ratio(0.95), 4)).toEqual({ kind: 'honest', ratio: 0.95 });
    expect(judgeRun(ratio(0.94), 4)).toEqual({
      kind: 'cached',
      reason: 'cached: 94 % of what was read came from the disk',
    });
  });

  it('cannot tell without counters', () => {
    expect(judgeRun({ ...run, deviceBytes: null }, 4)).toEqual({ kind: 'unchecked' });
  });

  it('refuses a run that ended long before its time', () => {
    expect(judgeRun({ ...run, runtimeMs: 192 }, 5).kind).toBe('too-short');
  });
});

const codes = (pass: 'sequential' | 'random', runs: readonly DiskRun[]) =>
  findingsOfPass(pass, { kind: 'measured', method: 'fio', conditions: {}, runs }, '/data').map(
    ({ code }) => code,
  );

describe('findings', () => {
  it('are none for steady, plausible, checked runs', () => {
    expect(codes('random', [run, run, run])).toEqual([]);
  });

  it('doubt a median latency that flash cannot reach', () => {
    expect(codes('random', [{ ...run, latencyP50Us: 8.8 }])).toEqual(['implausible-latency']);
    expect(codes('sequential', [{ ...run, latencyP50Us: 8.8 }])).toEqual([]);
  });

  it('say that others read, that runs differ, that nothing was checked', () => {
    expect(codes('random', [ratio(1.6)])).toEqual(['disk-busy']);
    expect(codes('random', [run, { ...run, bytesPerSecond: 7e8 }])).toEqual(['disk-unsteady']);
    expect(codes('random', [{ ...run, deviceBytes: null }])).toEqual(['disk-unverified']);
  });

  it('say why there is no figure and what to do', () => {
    const outcome = { kind: 'missing', reason: 'cached: 3 %', method: null } as const;
    const [finding] = findingsOfPass('random', outcome, '/data');
    expect(finding).toMatchObject({ code: 'disk-not-measured', severity: 'warning' });
    expect(finding?.message).toContain('cached: 3 %');
    expect(finding?.remedy).toContain('local disk');
  });

  it('name what lies between folder and disk', () => {
    const place: DiskPlace = {
      directory: '/data',
      mount: '/data',
      fsType: 'btrfs',
      readOnly: false,
      freeBytes: 1,
      leaves: [{ name: 'vda1', disk: 'vda', vendor: null, model: null }],
      layers: ['CRYPT-LUKS2-00', 'MD-raid1', 'LVM-11'],
      devicesKnowable: true,
      alternatives: [],
    };
    expect(findingsOfPlace(place).map(({ code }) => code)).toEqual([
      'disk-virtualised',
      'disk-encrypted',
      'disk-raid',
      'disk-checksummed',
    ]);
    expect(findingsOfPlace({ ...place, fsType: 'ext4', layers: [], leaves: [] })).toEqual([]);
  });
});
