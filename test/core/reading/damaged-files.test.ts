import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCpuInfo } from '../../../src/core/reading/cpu-info';
import { parseSysctlCpu, parseWin32Processor } from '../../../src/core/reading/cpu-other-systems';
import { parseDiskstats } from '../../../src/core/reading/diskstats';
import { cgroupDirectories } from '../../../src/core/reading/memory-cgroup-directories';
import { mayLockBeyondLimit, parseMemlock } from '../../../src/core/reading/memory-limits';
import { parseMeminfo } from '../../../src/core/reading/memory-meminfo';
import { parseVmStat } from '../../../src/core/reading/memory-other-systems';
import { parseAnonymousHuge, parsePageSize } from '../../../src/core/reading/memory-pages';
import { mountOf, parseMountinfo } from '../../../src/core/reading/mounts';
import { parseOsRelease } from '../../../src/core/reading/platform-os-release';
import { parseAmdSmi, parseRocmSmi } from '../../../src/core/reading/rocm-smi';
import { gpusOfApple, type AppleFacts } from '../../../src/core/reading/apple-gpus';

type Read = (text: string) => unknown;

const apple: AppleFacts = { appleSilicon: true, wiredLimit: '21845', availableBytes: 8 * 2 ** 30 };
const files: Readonly<Record<string, Read>> = {
  'machine/guest/cpuinfo': parseCpuInfo,
  'machine/guest/meminfo': parseMeminfo,
  'machine/guest/limits': parseMemlock,
  'machine/guest/status': mayLockBeyondLimit,
  'machine/guest/smaps_rollup': parseAnonymousHuge,
  'machine/guest/smaps-head': parsePageSize,
  'machine/guest/os-release': parseOsRelease,
  'machine/guest/mountinfo': (text) => mountOf(parseMountinfo(text), '/home/someone/models'),
  'machine/guest/cgroup': (text) => cgroupDirectories(text, read('machine/guest/mountinfo'), 'memory'),
  'machine/constructed/sysctl-m2': parseSysctlCpu,
  'machine/constructed/win32-processor.json': parseWin32Processor,
  'machine/constructed/vm_stat': parseVmStat,
  'mounts/diskstats-after.txt': (text) => [...parseDiskstats(text).values()],
  'other-gpus/rocm-smi.json': parseRocmSmi,
  'other-gpus/amd-smi-metric.json': (text) => parseAmdSmi(read('other-gpus/amd-smi-static.json'), text),
  'other-gpus/amd-smi-static.json': (text) => parseAmdSmi(text, read('other-gpus/amd-smi-metric.json')),
  'other-gpus/apple-m3-pro.json': (text) => gpusOfApple(text, apple, '2026-01-01T00:00:00Z'),
};

function read(name: string): string {
  return readFileSync(`test/fixtures/${name}`, 'utf8');
}

describe.each(Object.entries(files))('%s, damaged at random', (name, parse) => {
  it('is read without a failure, and without a number that cannot be a size or a count', () => {
    const whole = read(name);
    const change = fc.record({
      at: fc.nat(whole.length),
      remove: fc.nat(12),
      insert: fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom('\n', ':', '-1', '.', '0', '{', ']', '"', '9'.repeat(30), 'NaN', '1e400', '\0', 'é'),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let text = whole;
        for (const { at, remove, insert } of changes)
          text = text.slice(0, at) + insert + text.slice(at + remove);
        for (const number of numbersIn(parse(text)))
          expect(number >= 0 && Number.isFinite(number)).toBe(true);
      }),
      { numRuns: 100, seed: 20261121 },
    );
  });
});

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
