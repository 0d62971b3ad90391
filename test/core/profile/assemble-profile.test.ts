import { describe, expect, it } from 'vitest';
import { known, missing } from '../../../src/core/figure';
import { assembleProfile, type ProfileParts } from '../../../src/core/profile/assemble-profile';
import { formatProfile, parseProfile } from '../../../src/core/profile/parse-profile';
import { unreadCpu, unreadDisk, unreadMemory, unreadPlatform } from '../../../src/core/profile/unread';
import { gpusOfRows } from '../../../src/core/reading/nvidia-smi-gpus';
import { parseRows, type SmiRow } from '../../../src/core/reading/nvidia-smi-rows';

const at = '2026-11-21T09:00:00.000Z';
const rows: readonly SmiRow[] = parseRows('GPU-1, 00000000:01:00.0, 8192, card', [
  'uuid',
  'pci.bus_id',
  'memory.total',
  'name',
]).rows;
const { gpus } = gpusOfRows(rows, {
  at,
  cudaVersion: known('13.1', { method: 'nvidia-smi', at }),
  slicesOf: () => [],
});

const parts: ProfileParts = {
  created: at,
  generator: 'plimsoll 0.1.0',
  platform: { ...unreadPlatform('failed: test'), os: known('linux', { method: 'uname', at }) },
  cpu: unreadCpu('failed: test'),
  memory: unreadMemory('failed: test'),
  gpus: known(gpus, { method: 'nvidia-smi', at }),
  disks: [
    {
      ...unreadDisk('/data', 'failed: test'),
      nvme_seq_read_gbps: known(3.1, { method: 'fio', at, samples: { n: 3, min: 3, median: 3.1, max: 3.2 } }),
    },
  ],
  findings: [{ severity: 'info', code: 'x', path: null, message: 'X.', remedy: null }],
};

describe('assembleProfile', () => {
  const profile = assembleProfile(parts);

  it('writes every value into the record and its source at its pointer', () => {
    expect(profile.hardware.platform.os).toBe('linux');
    expect(profile.provenance['/hardware/platform/os']).toMatchObject({ method: 'uname', measured_at: at });
    expect(profile.hardware.gpus![0]).toMatchObject({ index: 0, name: 'card', vram_total_mib: 8192 });
    expect(profile.provenance['/hardware/gpus/0/vram_total_mib']!.method).toBe('nvidia-smi');
    expect(profile.hardware.disks[0]).toMatchObject({
      directory: '/data',
      refused: null,
      nvme_seq_read_gbps: 3.1,
    });
    expect(profile.provenance['/hardware/disks/0/nvme_seq_read_gbps']!.samples!.n).toBe(3);
    expect(profile.provenance['/hardware/gpus']!.method).toBe('nvidia-smi');
  });

  it('writes null and the reason for what is missing', () => {
    expect(profile.hardware.cpu.name).toBeNull();
    expect(profile.provenance['/hardware/cpu/name']!.reason).toBe('failed: test');
  });

  it('is what reading its text gives', () => {
    expect(parseProfile(formatProfile(profile))).toEqual(profile);
  });

  it('keeps looked-and-none apart from could-not-look', () => {
    const none = assembleProfile({ ...parts, gpus: known([], { method: 'PCI bus', at }) });
    const unknown = assembleProfile({ ...parts, gpus: missing('timeout: it hangs', 'nvidia-smi') });
    expect(none.hardware.gpus).toEqual([]);
    expect(none.provenance['/hardware/gpus']!.method).toBe('PCI bus');
    expect(unknown.hardware.gpus).toBeNull();
    expect(parseProfile(formatProfile(unknown)).provenance['/hardware/gpus']!.reason).toBe(
      'timeout: it hangs',
    );
  });
});
