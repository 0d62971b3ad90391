import { describe, expect, it } from 'vitest';
import { availableUnder, judgeCgroupMemory, type CgroupLevel } from '../../../src/core/reading/memory-cgroup';
import { GIB, MIB } from '../../../src/core/units';
import { machineCapture } from '../../support/machine-captures';

const captured = (name: 'inner' | 'outer'): CgroupLevel => ({
  version: 1,
  directory: `/${name}`,
  limit: machineCapture(`guest/${name}.memory.limit_in_bytes`),
  high: null,
  usage: machineCapture(`guest/${name}.memory.usage_in_bytes`),
  stat: machineCapture(`guest/${name}.memory.stat`),
});

const level = (over: Partial<CgroupLevel> & { directory: string }): CgroupLevel => ({
  version: 2,
  limit: 'max\n',
  high: 'max\n',
  usage: '0\n',
  stat: 'inactive_file 0\n',
  ...over,
});

describe('judgeCgroupMemory', () => {
  it('takes the tightest of nested v1 limits and gives inactive file pages back', () => {
    const { tightest, fullest } = judgeCgroupMemory([captured('inner'), captured('outer')], 24 * GIB);
    expect(tightest).toMatchObject({ directory: '/inner', limitBytes: 512 * MIB });
    expect(fullest).toEqual(tightest);
    // 64012288 used, of which 60055552 are inactive file pages.
    expect(tightest?.workingSetBytes).toBe(3_956_736);
    expect(tightest?.roomBytes).toBe(512 * MIB - 3_956_736);
  });

  it('finds a limit that only an ancestor has', () => {
    const levels = [
      level({ directory: '/a/b/c' }),
      level({ directory: '/a/b', limit: `${2 * GIB}\n` }),
      level({ directory: '/a' }),
    ];
    expect(judgeCgroupMemory(levels, 24 * GIB).tightest?.directory).toBe('/a/b');
  });

  it('counts memory.high as a limit', () => {
    const levels = [level({ directory: '/a', limit: `${4 * GIB}`, high: `${GIB}` })];
    expect(judgeCgroupMemory(levels, 24 * GIB).tightest?.limitBytes).toBe(GIB);
  });

  it('leaves what a wider but fuller ancestor leaves', () => {
    const memory = judgeCgroupMemory(
      [
        level({ directory: '/a/b', limit: `${2 * GIB}`, usage: '0' }),
        level({ directory: '/a', limit: `${8 * GIB}`, usage: `${7.5 * GIB}` }),
      ],
      24 * GIB,
    );
    expect(memory.tightest?.limitBytes).toBe(2 * GIB);
    expect(availableUnder(20 * GIB, memory)).toBe(0.5 * GIB);
  });

  it.each([
    ['0', 'v2 zero'],
    ['max', 'v2 without a limit'],
    ['9223372036854771712', 'v1 without a limit'],
    ['18446744073709551615', 'an unsigned minus one'],
    [`${24 * GIB}`, 'exactly the physical memory'],
    ['', 'an empty file'],
    ['-1', 'a negative number'],
  ])('takes %j (%s) for no limit', (limit) => {
    expect(judgeCgroupMemory([level({ directory: '/a', limit })], 24 * GIB).tightest).toBeNull();
    expect(
      judgeCgroupMemory([level({ directory: '/a', limit: null, high: limit })], 24 * GIB).tightest,
    ).toBeNull();
  });

  it('takes the word for none as none even where the physical size is unknown', () => {
    const levels = [level({ directory: '/a', limit: '9223372036854771712' })];
    expect(judgeCgroupMemory(levels, null).tightest).toBeNull();
  });

  it('never leaves less than nothing', () => {
    const memory = judgeCgroupMemory(
      [level({ directory: '/a', limit: `${GIB}`, usage: `${2 * GIB}` })],
      24 * GIB,
    );
    expect(availableUnder(20 * GIB, memory)).toBe(0);
  });

  it('does not guess what is left where the usage cannot be read', () => {
    const memory = judgeCgroupMemory([level({ directory: '/a', limit: `${GIB}`, usage: null })], 24 * GIB);
    expect(memory.tightest?.limitBytes).toBe(GIB);
    expect(availableUnder(20 * GIB, memory)).toBeNull();
  });

  it('reads the inactive pages of children too in v1', () => {
    const v1 = level({
      version: 1,
      directory: '/a',
      limit: `${4 * GIB}`,
      usage: `${3 * GIB}`,
      stat: `inactive_file 0\ntotal_inactive_file ${2 * GIB}\n`,
    });
    expect(judgeCgroupMemory([v1], 24 * GIB).tightest?.workingSetBytes).toBe(GIB);
  });
});

describe('availableUnder', () => {
  it('is MemAvailable where nothing limits', () => {
    expect(availableUnder(5 * GIB, { tightest: null, fullest: null })).toBe(5 * GIB);
  });

  it('is MemAvailable where the limit leaves more', () => {
    const memory = judgeCgroupMemory([level({ directory: '/a', limit: `${20 * GIB}` })], 24 * GIB);
    expect(availableUnder(5 * GIB, memory)).toBe(5 * GIB);
  });

  it('is unknown without MemAvailable', () => {
    expect(availableUnder(null, { tightest: null, fullest: null })).toBeNull();
  });
});
