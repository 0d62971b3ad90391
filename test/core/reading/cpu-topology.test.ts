import { describe, expect, it } from 'vitest';
import { countTopologyCores, sumCaches } from '../../../src/core/reading/cpu-topology';
import { parseCpuList } from '../../../src/core/reading/cpu-list';

const siblingsOf = (siblings: string) => ({ siblings, physicalPackageId: '0', coreId: '0' });

describe('parseCpuList', () => {
  it('reads single numbers and ranges', () => {
    expect(parseCpuList('0-3,8,10-11\n')).toEqual([0, 1, 2, 3, 8, 10, 11]);
    expect(parseCpuList('0')).toEqual([0]);
  });

  it.each(['', '3-1', 'a', '0-', '0-99999,0-99999'])('refuses %j', (text) => {
    expect(parseCpuList(text)).toBeNull();
  });
});

describe('countTopologyCores', () => {
  it('counts processors that share a core once', () => {
    expect(countTopologyCores(['0,4\n', '1,5\n', '0,4\n', '1,5\n'].map(siblingsOf))).toBe(2);
  });

  it('falls back to package and core, and to nothing', () => {
    const processor = { siblings: null, physicalPackageId: '0\n', coreId: '1\n' };
    expect(countTopologyCores([processor, { ...processor, coreId: '2\n' }])).toBe(2);
    expect(countTopologyCores([processor, { ...processor, coreId: null }])).toBeNull();
    expect(countTopologyCores([])).toBeNull();
  });
});

describe('sumCaches', () => {
  // /sys/devices/system/cpu/cpu{0,1}/cache of the guest in test/fixtures/machine.
  const guest = [
    { level: '1\n', type: 'Data\n', size: '32K\n', sharedCpuList: '0\n' },
    { level: '1\n', type: 'Instruction\n', size: '32K\n', sharedCpuList: '0\n' },
    { level: '2\n', type: 'Unified\n', size: '1024K\n', sharedCpuList: '0\n' },
    { level: '3\n', type: 'Unified\n', size: '32768K\n', sharedCpuList: '0-1\n' },
    { level: '1\n', type: 'Data\n', size: '32K\n', sharedCpuList: '1\n' },
    { level: '1\n', type: 'Instruction\n', size: '32K\n', sharedCpuList: '1\n' },
    { level: '2\n', type: 'Unified\n', size: '1024K\n', sharedCpuList: '1\n' },
    { level: '3\n', type: 'Unified\n', size: '32768K\n', sharedCpuList: '0-1\n' },
  ];

  it('counts a shared cache once and leaves the instruction caches out', () => {
    expect(sumCaches(guest)).toEqual({
      l1d: { totalBytes: 64 * 1024, largestBytes: 32 * 1024, count: 2 },
      l2: { totalBytes: 2 * 2 ** 20, largestBytes: 2 ** 20, count: 2 },
      l3: { totalBytes: 32 * 2 ** 20, largestBytes: 32 * 2 ** 20, count: 1 },
    });
  });

  it('knows no cache where none is listed or its size is not one', () => {
    expect(sumCaches([])).toEqual({ l1d: null, l2: null, l3: null });
    expect(sumCaches([{ level: '3', type: 'Unified', size: '0K', sharedCpuList: '0' }]).l3).toBeNull();
  });
});
