import { describe, expect, it } from 'vitest';
import { parseMeminfo } from '../../../src/core/reading/memory-meminfo';
import { machineCapture } from '../../support/machine-captures';

describe('parseMeminfo', () => {
  it('reads a guest of 24 GB without swap', () => {
    const captured = machineCapture('guest/meminfo');
    const info = parseMeminfo(captured);
    expect(info.totalBytes).toBe(24_684_084 * 1024);
    expect(info.availableBytes).toBe(Number(/MemAvailable: +(\d+)/.exec(captured)![1]) * 1024);
    expect(info).toMatchObject({
      swapTotalBytes: 0,
      swapFreeBytes: 0,
      hugePagesTotal: 0,
      hugePageBytes: 2 ** 21,
    });
  });

  it('leaves what a kernel before 3.14 does not tell unknown, not zero', () => {
    expect(parseMeminfo('MemTotal:       1024 kB\nMemFree:  1 kB\n')).toMatchObject({
      totalBytes: 2 ** 20,
      availableBytes: null,
      swapTotalBytes: null,
    });
  });

  it('does not take a number that is not whole', () => {
    expect(parseMeminfo('MemTotal: 12.5 kB\nMemAvailable: -4 kB\n')).toMatchObject({
      totalBytes: null,
      availableBytes: null,
    });
  });
});
