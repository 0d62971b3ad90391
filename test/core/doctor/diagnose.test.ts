import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Circumstances } from '../../../src/core/doctor/age';
import { diagnose } from '../../../src/core/doctor/diagnose';
import { parseProfile } from '../../../src/core/profile/parse-profile';
import { profileSchema, type Profile } from '../../../src/core/profile/schema';
import { doctorText } from '../../../src/core/report/doctor-text';

const example = parseProfile(readFileSync('test/fixtures/profiles/example-1.0.0.json', 'utf8'));
const today: Circumstances = { now: '2026-11-22T00:00:00Z', machine: null, memoryModules: null };

function profileOf(hardware: object, rest: object = {}): Profile {
  return profileSchema.parse({
    schema_version: '1.0.0',
    created: '2026-11-21T09:00:00.000Z',
    generator: 'test 1',
    hardware: { platform: {}, cpu: {}, memory: {}, gpus: [], ...hardware },
    ...rest,
  });
}

function codesOf(profile: Profile, circumstances: Partial<Circumstances> = {}): readonly string[] {
  return diagnose(profile, { ...today, ...circumstances }).map(({ code }) => code);
}

function withCard(card: object): Profile {
  return profileOf({ gpus: [{ index: 0, vendor: 'nvidia', name: 'Card', ...card }] });
}

function withMemory(memory: object, provenance: object = {}): Profile {
  return profileOf({ memory }, { provenance });
}

function cardWith(driver_version: string, index: number) {
  return { index, vendor: 'nvidia', driver_version };
}

function ddr5(count: number) {
  return Array.from({ length: count }, () => ({ megatransfers: 4800 }));
}

describe('the doctor', () => {
  it('tells what the probes found, once, with what its own rules find', () => {
    const findings = diagnose(example, today);
    expect(findings.map(({ code }) => code)).toEqual(['pcie-narrow', 'disk-refused']);
    expect(findings[0]!.message).toBe('RTX A4000 runs on 4 of 16 lanes.');
  });

  it('finds nothing where nothing is known', () => {
    expect(codesOf(profileOf({ gpus: null }))).toEqual([]);
    expect(doctorText({ created: 'now', findings: [] })).toContain('Nothing was found');
  });

  it('gives evidence and a remedy with each finding, the gravest first', () => {
    const elsewhere = {
      platform: { os: 'linux', arch: 'x64' },
      cpu: { name: 'Another', physical_cores: 4 },
      ramTotalGib: 8,
    };
    const findings = diagnose(example, { ...today, now: '2027-01-21T00:00:00Z', machine: elsewhere });
    expect(findings.map(({ severity }) => severity)).toEqual(['error', 'warning', 'warning', 'warning']);
    for (const { message, remedy } of findings) {
      expect(message).toMatch(/\d|Another|tmpfs/);
      expect(remedy?.length).toBeGreaterThan(10);
    }
    expect(doctorText({ created: 'now', findings }).split('\n')[2]).toMatch(
      /^Error +The profile is of another/,
    );
  });
});

describe('a profile', () => {
  it('is stale after thirty days', () => {
    expect(codesOf(profileOf({}), { now: '2026-12-21T08:00:00Z' })).toEqual([]);
    expect(codesOf(profileOf({}), { now: '2026-12-21T10:00:00Z' })).toEqual(['profile-stale']);
    expect(codesOf(profileOf({}, { created: 'no date' }))).toEqual([]);
  });

  it('does not speak for a machine whose memory was exchanged', () => {
    const machine = { platform: { os: null, arch: null }, cpu: { name: null, physical_cores: null } };
    const profile = withMemory({ ram_total_gib: 62.7 });
    expect(codesOf(profile, { machine: { ...machine, ramTotalGib: 62.6 } })).toEqual([]);
    expect(codesOf(profile, { machine: { ...machine, ramTotalGib: 31.3 } })).toEqual(['memory-exchanged']);
    expect(codesOf(profile, { machine: { ...machine, ramTotalGib: null } })).toEqual([]);
  });
});

describe('a card', () => {
  it('has a slow link only where it was read under load', () => {
    const link = { pcie_gen: 1, pcie_gen_max: 4, pcie_width: 16, pcie_width_max: 16 };
    expect(codesOf(withCard({ ...link, pcie_sampled_under_load: true }))).toEqual(['pcie-slow']);
    expect(codesOf(withCard({ ...link, pcie_sampled_under_load: false }))).toEqual([]);
    expect(codesOf(withCard(link))).toEqual([]);
  });

  it('hides memory by MIG, by what the driver keeps, and by what others hold', () => {
    expect(codesOf(withCard({ mig: true }))).toEqual(['mig-enabled']);
    expect(codesOf(withCard({ vram_total_mib: 24_000, vram_reserved_mib: 1500 }))).toEqual(['vram-reserved']);
    expect(codesOf(withCard({ vram_total_mib: 24_000, vram_reserved_mib: 420 }))).toEqual([]);
    expect(codesOf(withCard({ vram_total_mib: 24_000, vram_free_mib: 12_000 }))).toEqual(['vram-taken']);
    expect(codesOf(withCard({ vram_total_mib: 24_000, vram_free_mib: 22_000 }))).toEqual([]);
  });

  it('cannot be used where driver and library do not match, which is said once', () => {
    const reason = 'driver-mismatch: Failed to initialize NVML: Driver/library version mismatch';
    const finding = { severity: 'warning', code: 'gpus-unknown', path: '/hardware/gpus', message: reason };
    const profile = profileOf(
      { gpus: null },
      { findings: [finding], provenance: { '/hardware/gpus': { reason } } },
    );
    expect(codesOf(profile)).toEqual(['driver-mismatch']);
  });

  it('of the same maker names one driver', () => {
    expect(codesOf(profileOf({ gpus: [cardWith('595.71', 0), cardWith('570.1', 1)] }))).toEqual([
      'drivers-differ',
    ]);
  });
});

describe('memory', () => {
  it('looks like one channel only where the firmware names speeds that say so', () => {
    const slow = withMemory({ cpu_mem_bw_gbps: 33 });
    expect(codesOf(slow)).toEqual([]);
    expect(codesOf(slow, { memoryModules: ddr5(1) })).toEqual(['memory-one-channel']);
    expect(codesOf(slow, { memoryModules: ddr5(2) })).toEqual(['memory-one-channel']);
    expect(codesOf(slow, { memoryModules: [...ddr5(1), { megatransfers: null }] })).toEqual([]);
    expect(codesOf(withMemory({ cpu_mem_bw_gbps: 61 }), { memoryModules: ddr5(2) })).toEqual([]);
    expect(codesOf(withMemory({ cpu_mem_bw_gbps: 9 }), { memoryModules: ddr5(1) })).toEqual([]);
  });

  it('without swap is told of where little of it is left', () => {
    const memory = { swap_total_gib: 0, ram_total_gib: 62, ram_available_gib: 50 };
    expect(codesOf(withMemory(memory))).toEqual([]);
    expect(codesOf(withMemory({ ...memory, ram_available_gib: 12 }))).toEqual(['no-swap']);
    expect(codesOf(withMemory({ ...memory, ram_total_gib: 8, ram_available_gib: 6 }))).toEqual(['no-swap']);
    expect(codesOf(withMemory({ ...memory, swap_total_gib: null, ram_available_gib: 2 }))).toEqual([]);
  });

  it('that is limited or cannot be locked is told of', () => {
    expect(codesOf(withMemory({ ram_total_gib: 62, ram_limit_gib: 8 }))).toEqual(['memory-limited']);
    const pointer = '/hardware/memory/memlock_gib';
    const memory = { memlock_gib: 0.0078 };
    expect(codesOf(withMemory(memory, { [pointer]: { conditions: { cap_ipc_lock: false } } }))).toEqual([
      'memlock-small',
    ]);
    expect(codesOf(withMemory(memory, { [pointer]: { conditions: { cap_ipc_lock: true } } }))).toEqual([]);
  });

  it('on small pages alone is told of', () => {
    expect(codesOf(withMemory({ transparent_huge_pages: 'never' }))).toEqual(['huge-pages-unavailable']);
    expect(codesOf(withMemory({ transparent_huge_pages: 'madvise' }))).toEqual([]);
  });

  it('that was measured with noise is told of, as every figure but those that disks judge', () => {
    const samples = { n: 5, min: 30, median: 40, max: 42 };
    const noisy = (pointer: string) => profileOf({}, { provenance: { [pointer]: { samples } } });
    expect(codesOf(noisy('/hardware/memory/cpu_mem_bw_gbps'))).toEqual(['bandwidth-noisy']);
    expect(codesOf(noisy('/hardware/gpus/0/pcie_h2d_gbps'))).toEqual(['measurement-noisy']);
    expect(codesOf(noisy('/hardware/disks/0/nvme_seq_read_gbps'))).toEqual([]);
  });
});

describe('other parts', () => {
  it('are processors that a quota holds back', () => {
    const provenance = { '/hardware/cpu/logical_cores': { conditions: { allowed: 16, quota: 2.5 } } };
    const profile = profileOf({ cpu: { logical_cores: 16 } }, { provenance });
    expect(diagnose(profile, today)).toMatchObject([
      { code: 'cpu-limited', message: 'A cgroup quota leaves 2.5 of 16 processors to this process.' },
    ]);
  });

  it('are disks that are virtual or were refused', () => {
    const refused = { code: 'filesystem', message: 'tmpfs is memory.' };
    const disks = [
      { directory: '/a', virtualised: true, device: 'vda' },
      { directory: '/b', refused },
      { directory: '/c', virtualised: false },
    ];
    expect(diagnose(profileOf({ disks }), today)).toMatchObject([
      { code: 'disk-refused', path: '/hardware/disks/1' },
      { code: 'disk-virtualised', path: '/hardware/disks/0' },
    ]);
  });
});
