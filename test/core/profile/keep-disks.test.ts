import { describe, expect, it } from 'vitest';
import { keepDisks } from '../../../src/core/profile/keep-disks';
import type { Profile } from '../../../src/core/profile/schema';
import { profileWith } from '../plan/profiles';

const pointer = '/hardware/disks/0/read_gbps';
const source = {
  method: 'fio',
  conditions: null,
  samples: null,
  measured_at: '2026-01-02T03:04:05.000Z',
  reason: null,
};
const disk = { directory: '/data' } as unknown as Profile['hardware']['disks'][number];
const fresh: Profile = { ...profileWith({}), findings: [] };
const without: Profile = { ...fresh, hardware: { ...fresh.hardware, disks: [] } };
const earlier: Profile = {
  ...without,
  hardware: { ...without.hardware, disks: [disk] },
  provenance: { [pointer]: source, '/hardware/cpu/name': source },
};

describe('a profile for which no disk was measured', () => {
  it('keeps those of the same machine with their own date, and says so once', () => {
    const kept = keepDisks(without, earlier);
    expect(kept.hardware.disks).toEqual([disk]);
    expect(kept.provenance[pointer]).toEqual(source);
    expect(kept.provenance['/hardware/cpu/name']).toEqual(without.provenance['/hardware/cpu/name']);
    expect(kept.findings).toMatchObject([
      { code: 'disks-kept', message: expect.stringContaining('from 2026-01-02') as string },
    ]);
    expect(keepDisks(without, kept).findings.filter(({ code }) => code === 'disks-kept')).toHaveLength(1);
  });

  it('keeps none of another machine, none where there were none, and none beside measured ones', () => {
    const cpu = { ...without.hardware.cpu, name: 'another processor' };
    const elsewhere = { ...earlier, hardware: { ...earlier.hardware, cpu } };
    expect(keepDisks(without, elsewhere)).toBe(without);
    expect(keepDisks(without, null)).toBe(without);
    expect(keepDisks(without, without)).toBe(without);
    const measured = { ...earlier, created: '2026-02-02T00:00:00.000Z' };
    expect(keepDisks(measured, earlier)).toBe(measured);
  });
});
