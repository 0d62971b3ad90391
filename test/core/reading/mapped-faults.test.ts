import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFio, type FioReading } from '../../../src/core/reading/fio';
import {
  faultArguments,
  mappedFigures,
  planFaults,
  type FaultRun,
} from '../../../src/core/reading/mapped-faults';
import { GIB, KIB, MIB } from '../../../src/core/units';
import { unexplained } from '../../support/probe-context';

const report = readFileSync('test/fixtures/fio/mmap-page-faults.json', 'utf8');
const AT = '2026-01-01T00:00:00Z';
const plan = { touches: 16, readAheadBytes: 8 * MIB };

function captured(): FioReading {
  const result = parseFio({ code: 0, stdout: report, stderr: '' }, 'mapped');
  if (result.kind === 'failed') throw new Error(result.message);
  return result.reading;
}

function runWith(changes: Partial<FioReading>, deviceBytes: number | null = 134_217_728): FaultRun {
  return { reading: { ...captured(), ...changes }, deviceBytes };
}

describe('the pages to touch', () => {
  it('bring no more than an eighth of the file into memory', () => {
    for (const [file, ahead] of [
      [4 * GIB, 128 * KIB],
      [4 * GIB, 8 * MIB],
      [GIB, 4 * MIB],
    ] as const) {
      const { touches } = planFaults(file, ahead)!;
      expect(touches * ahead).toBeLessThanOrEqual(file / 8);
      expect(touches).toBeGreaterThanOrEqual(16);
      expect(touches).toBeLessThanOrEqual(2048);
    }
  });

  it('are none where the read-ahead is long and the file short', () => {
    expect(planFaults(GIB, 16 * MIB)).toBeNull();
    expect(planFaults(GIB, null)).toEqual({ touches: 1024, readAheadBytes: 128 * KIB });
  });

  it('are touched without a hint to the kernel, after the file was dropped from memory', () => {
    const args = faultArguments(plan, '/proc/7/fd/20', GIB);
    for (const argument of ['--ioengine=mmap', '--fadvise_hint=0', '--invalidate=1', '--io_size=65536']) {
      expect(args).toContain(argument);
    }
    expect(args).not.toContain('--time_based');
  });
});

describe('what a fault costs', () => {
  it('is the mean time of a touch, and the pages a second that follow', () => {
    const reading = captured();
    expect(reading.majorFaults).toBe(15);
    expect(reading.ioBytes).toBe(65_536);
    const figures = mappedFigures(plan, [runWith({}), runWith({ latencyMeanNs: 4e6 })], 'fio 3.33 mmap', AT);
    expect(unexplained(figures)).toEqual([]);
    expect(figures.mapped_fault_us.provenance.samples!.n).toBe(2);
    const { value } = mappedFigures(plan, [runWith({ latencyMeanNs: 4e6 })], 'm', AT).mapped_rand_read_mbps;
    expect(value).toBeCloseTo(4096 / 4e-3 / 1e6, 3);
    expect(figures.mapped_fault_us.provenance.conditions).toMatchObject({
      faulting_share: 0.938,
      read_ahead_kib: 8192,
      device_bytes_ratio: 2048,
    });
  });

  it('is not known where the pages were in memory, or nothing counted', () => {
    const cached = mappedFigures(plan, [runWith({ majorFaults: 3 })], 'm', AT);
    expect(cached.mapped_fault_us.provenance.reason).toMatch(/^cached: 19 %/);
    expect(mappedFigures(plan, [runWith({ majorFaults: null })], 'm', AT).mapped_fault_us.value).toBeNull();
    expect(mappedFigures(plan, [], 'm', AT).mapped_fault_us.value).toBeNull();
    const uncounted = mappedFigures(plan, [runWith({}, null)], 'm', AT).mapped_fault_us;
    expect(uncounted.provenance.conditions).toMatchObject({ device_bytes_ratio: null });
  });

  it('is no direct read: as such the same report is refused', () => {
    expect(parseFio({ code: 0, stdout: report, stderr: '' })).toMatchObject({
      kind: 'failed',
      code: 'not-direct',
    });
  });

  it('is never made of a number that is not in the report, however that is damaged', () => {
    let state = 41;
    const next = (most: number) => (state = (state * 48_271) % 2_147_483_647) % most;
    for (let round = 0; round < 100; round += 1) {
      const at = next(report.length);
      const damaged = report.slice(0, at) + ['', '9', '-', '}', '"'][next(5)]! + report.slice(at + next(30));
      const result = parseFio({ code: 0, stdout: damaged, stderr: '' }, 'mapped');
      if (result.kind === 'failed') continue;
      const { latencyMeanNs, majorFaults } = result.reading;
      for (const number of [latencyMeanNs, majorFaults]) {
        if (number !== null) expect(damaged).toContain(String(number));
      }
    }
  });
});
