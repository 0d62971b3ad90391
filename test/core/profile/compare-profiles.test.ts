import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/core/profile/compare-profiles';
import { comparisonSchema } from '../../../src/core/profile/comparison';
import { profileSchema, type Profile } from '../../../src/core/profile/schema';
import { comparisonText } from '../../../src/core/report/comparison-text';

interface Parts {
  readonly memory?: object;
  readonly cpu?: object;
  readonly gpus?: readonly object[] | null;
  readonly disks?: readonly object[];
  readonly samples?: Readonly<Record<string, readonly [min: number, median: number, max: number]>>;
  readonly reasons?: Readonly<Record<string, string>>;
}

function profileOf({
  memory = {},
  cpu = {},
  gpus = [],
  disks = [],
  samples = {},
  reasons = {},
}: Parts): Profile {
  const spreads = Object.entries(samples).map(([pointer, [min, median, max]]) => [
    pointer,
    { method: 'test', samples: { n: 5, min, median, max } },
  ]);
  const missing = Object.entries(reasons).map(([pointer, reason]) => [pointer, { reason }]);
  return profileSchema.parse({
    schema_version: '1.0.0',
    created: '2026-01-01T00:00:00Z',
    generator: 'test 1',
    hardware: { platform: {}, cpu, memory, gpus, disks },
    provenance: Object.fromEntries([...spreads, ...missing]),
  });
}

const BANDWIDTH = '/hardware/memory/cpu_mem_bw_gbps';

function bandwidth(min: number, median: number, max: number): Profile {
  return profileOf({ memory: { cpu_mem_bw_gbps: max }, samples: { [BANDWIDTH]: [min, median, max] } });
}

function changesOf(before: Profile, after: Profile) {
  const comparison = compareProfiles(before, after);
  expect(comparisonSchema.parse(comparison)).toEqual(comparison);
  return comparison.changes;
}

const slowDisk = (latency: number) =>
  profileOf({ disks: [{ directory: '/m', nvme_rand_qd1_lat_us: latency }] });

const diskOn = (machine: string, latency: number) =>
  profileOf({ cpu: { name: machine }, disks: [{ directory: '/m', nvme_rand_qd1_lat_us: latency }] });

const ramOf = (gib: number) => profileOf({ memory: { ram_total_gib: gib } });

const machineWith = (free: number, gen: number) =>
  profileOf({
    memory: { ram_available_gib: free },
    gpus: [
      {
        index: 0,
        uuid: 'GPU-1',
        vram_free_mib: free * 100,
        pcie_gen: gen,
        pcie_sampled_under_load: false,
      },
    ],
  });

const loadedLink = (gen: number) =>
  profileOf({ gpus: [{ index: 0, pcie_gen: gen, pcie_sampled_under_load: true }] });

const cardOf = (uuid: string, index: number) => ({
  index,
  uuid,
  name: `Card ${uuid}`,
  vram_total_mib: 1000,
});

const diskOf = (directory: string) => ({ directory, nvme_seq_read_gbps: 3 });

const machineNamed = (name: string | null) => profileOf({ cpu: { name } });

describe('comparing two profiles', () => {
  it('finds nothing between a profile and itself, and counts what is the same', () => {
    const profile = profileOf({ memory: { ram_total_gib: 64, swap_total_gib: 8 } });
    expect(compareProfiles(profile, profile)).toMatchObject({
      changes: [],
      unchanged: 2,
      other_machine: null,
    });
  });

  it('takes a measured figure for changed only where the samples of the two do not meet', () => {
    expect(changesOf(bandwidth(50, 58, 60), bandwidth(30, 38, 40))).toEqual([
      {
        pointer: BANDWIDTH,
        kind: 'changed',
        before: 60,
        after: 40,
        change_percent: -33.3,
        spread_percent: 26.3,
        effect: 'worse',
        note: null,
      },
    ]);
    const [wide] = changesOf(bandwidth(30, 58, 60), bandwidth(28, 38, 40));
    expect(wide).toMatchObject({ kind: 'within-spread', effect: null, change_percent: -33.3 });
  });

  it('does not take two steady sessions for a change that differ by a few percent', () => {
    expect(changesOf(bandwidth(59.9, 60, 60), bandwidth(58, 58, 58.1))[0]!.kind).toBe('within-spread');
    expect(changesOf(bandwidth(59.9, 60, 60), bandwidth(55, 55, 55.1))[0]!.kind).toBe('changed');
  });

  it('calls a longer latency worse and a shorter one better', () => {
    expect(changesOf(slowDisk(50), slowDisk(100))[0]).toMatchObject({ kind: 'changed', effect: 'worse' });
    expect(changesOf(slowDisk(100), slowDisk(50))[0]).toMatchObject({ kind: 'changed', effect: 'better' });
  });

  it('tells a changed capacity exactly, without judging it', () => {
    expect(changesOf(ramOf(64), ramOf(63.9))).toMatchObject([{ kind: 'changed', effect: null, before: 64 }]);
  });

  it('is not alarmed by free memory, nor by a link that idled', () => {
    const kinds = changesOf(machineWith(60, 1), machineWith(10, 4)).map(({ kind }) => kind);
    expect(kinds).toEqual(['momentary', 'momentary', 'momentary']);
    expect(changesOf(loadedLink(4), loadedLink(1))[0]!.kind).toBe('changed');
  });

  it('says which figures appeared and vanished, and why', () => {
    const none = profileOf({ reasons: { [BANDWIDTH]: 'too-little-memory: none to spare' } });
    expect(changesOf(bandwidth(50, 58, 60), none)).toMatchObject([
      { kind: 'vanished', before: 60, after: null, note: 'too-little-memory: none to spare' },
    ]);
    expect(changesOf(none, bandwidth(50, 58, 60))).toMatchObject([
      { kind: 'appeared', before: null, after: 60 },
    ]);
  });

  it('pairs cards by UUID and disks by folder wherever they stand in the lists', () => {
    const before = profileOf({ gpus: [cardOf('A', 0), cardOf('B', 1)], disks: [diskOf('/a'), diskOf('/b')] });
    const after = profileOf({ gpus: [cardOf('B', 0)], disks: [diskOf('/b'), diskOf('/c')] });
    expect(changesOf(before, after)).toMatchObject([
      { pointer: '/hardware/gpus/0', kind: 'vanished', before: 'Card A' },
      { pointer: '/hardware/disks/1', kind: 'appeared', after: '/c' },
      { pointer: '/hardware/disks/0', kind: 'vanished', before: '/a' },
    ]);
  });

  it('says why cards are gone that could not be looked for', () => {
    const after = profileOf({ gpus: null, reasons: { '/hardware/gpus': 'timeout: the driver hangs' } });
    const before = profileOf({ gpus: [{ index: 0, name: 'Card' }] });
    expect(changesOf(before, after)).toMatchObject([{ kind: 'vanished', note: 'timeout: the driver hangs' }]);
  });

  it('says where the two are not of one machine', () => {
    expect(compareProfiles(machineNamed('A'), machineNamed('B')).other_machine).toBe(
      'The processor was A and is B.',
    );
    expect(compareProfiles(machineNamed(null), machineNamed('B')).other_machine).toBeNull();
  });

  it('calls nothing better or worse between two machines', () => {
    const [before, after] = [diskOn('A', 50), diskOn('B', 100)];
    expect(changesOf(before, after).map(({ effect }) => effect)).toEqual([null, null]);
  });
});

describe('a comparison as text', () => {
  it('puts changes before what is within the spread, each with both values', () => {
    const before = profileOf({ memory: { cpu_mem_bw_gbps: 60, ram_total_gib: 64, ram_available_gib: 50 } });
    const after = profileOf({ memory: { cpu_mem_bw_gbps: 61, ram_total_gib: 32, ram_available_gib: 20 } });
    const text = comparisonText(compareProfiles(before, after));
    expect(text).toMatch(/Memory: installed +64\.00 GiB +32\.00 GiB +−50 %/);
    expect(text).toMatch(/Memory: read bandwidth +60\.00 GB\/s +61\.00 GB\/s +\+1\.7 %, within the spread/);
    expect(text.indexOf('installed')).toBeLessThan(text.indexOf('read bandwidth'));
  });

  it('tells a card that was not there from cards that could not be looked for, and a disk that was not measured', () => {
    const after = profileOf({ gpus: [cardOf('A', 0)], disks: [diskOf('/a')] });
    const text = comparisonText(compareProfiles(profileOf({}), after));
    expect(text).toMatch(/GPU 0 +none +Card A +new/);
    expect(text).toMatch(/Disk 0 +not measured +\/a +new/);
    const blind = profileOf({ gpus: null, reasons: { '/hardware/gpus': 'timeout: the driver hangs' } });
    expect(comparisonText(compareProfiles(blind, after))).toMatch(/GPU 0 +unknown +Card A +new/);
  });

  it('says that nothing changed where nothing did', () => {
    const profile = profileOf({});
    expect(comparisonText(compareProfiles(profile, profile))).toContain('nothing beyond the measured spread');
  });
});
