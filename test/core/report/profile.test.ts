import { describe, expect, it } from 'vitest';
import { profileSchema } from '../../../src/core/profile/schema';
import { diskPlanText } from '../../../src/core/report/disk-plan-text';
import { profileText } from '../../../src/core/report/profile-text';
import { GIB } from '../../../src/core/units';

function profileWith(hardware: Record<string, unknown>, provenance: Record<string, unknown> = {}) {
  return profileSchema.parse({
    schema_version: '1.0.0',
    created: '2026-01-01T00:00:00Z',
    generator: 'plimsoll 0.1.0',
    hardware: { platform: {}, cpu: {}, memory: {}, ...hardware },
    provenance,
  });
}

describe('a profile as text', () => {
  it('tells no GPUs found from GPUs that could not be looked for', () => {
    expect(profileText(profileWith({ gpus: [] }))).toContain('GPUs\n  none found');
    const provenance = { '/hardware/gpus': { reason: 'driver-failed: the driver does not answer' } };
    expect(profileText(profileWith({ gpus: null }, provenance))).toContain(
      'GPUs\n  unknown (the driver does not answer)',
    );
  });

  it('says why a figure is missing', () => {
    const provenance = { '/hardware/memory/cpu_mem_bw_gbps': { reason: 'not-measured' } };
    expect(profileText(profileWith({}, provenance))).toMatch(/Bandwidth +unknown \(not measured\)/);
  });

  it('tells no limit from a limit that could not be read', () => {
    const at = '/hardware/memory/ram_limit_gib';
    expect(profileText(profileWith({}, { [at]: { reason: 'no-limit' } }))).toMatch(/Limit +none/);
    expect(profileText(profileWith({}, { [at]: { reason: 'unreadable: no permission' } }))).toMatch(
      /Limit +unknown \(no permission\)/,
    );
    expect(profileText(profileWith({ memory: { ram_limit_gib: 8 } }))).toMatch(/Limit +8\.00 GiB/);
  });

  it('shows a card with its memory, its link and what the link may be at most', () => {
    const gpu = {
      index: 0,
      name: 'RTX 4090',
      vram_total_mib: 24_564,
      vram_free_mib: 23_000,
      pcie_gen: 1,
      pcie_width: 16,
      pcie_gen_max: 4,
      pcie_width_max: 16,
    };
    const text = profileText(profileWith({ gpus: [gpu] }), { width: 100 });
    expect(text).toMatch(/gpu0 +RTX 4090/);
    expect(text).toContain('memory 23.99 GiB, free 22.46 GiB, bandwidth unknown');
    expect(text).toContain('PCIe gen 1 x16 of at most gen 4 x16');
  });

  it('says why a disk was not measured', () => {
    const disks = [{ directory: '/tmp', refused: { code: 'in-memory', message: 'tmpfs lies in memory.' } }];
    expect(profileText(profileWith({ disks }))).toContain('not measured: tmpfs lies in memory.');
  });
});

describe('what measuring a disk would do', () => {
  const plan = { directory: '/models', free_bytes: 100 * GIB, file_bytes: 4 * GIB, refused: null };

  it('is said with the file that is written, no larger than asked for', () => {
    expect(diskPlanText(plan, 1)).toBe(
      'To measure the disk, a file of 1.00 GiB is written in /models (100.0 GiB are free), read, and removed again.',
    );
  });

  it('is said to be nothing where the folder is refused', () => {
    const refused = { message: 'It lies in memory.' };
    expect(diskPlanText({ ...plan, file_bytes: null, refused }, 4)).toBe(
      'The disk of /models is not measured: It lies in memory.',
    );
  });
});
