import { describe, expect, it } from 'vitest';
import {
  bandwidthConditions,
  bandwidthFindings,
  fastest,
  gbpsOf,
  hugePageFindings,
  judgePages,
  nameSeries,
  paysOff,
  type BandwidthSeries,
} from '../../../src/core/reading/memory-bandwidth';
import { planBandwidth, type BandwidthRoom } from '../../../src/core/reading/memory-bandwidth-plan';
import { GIB, MIB } from '../../../src/core/units';

const series = (over: Partial<BandwidthSeries>): BandwidthSeries => ({
  method: 'memchr',
  pages: { label: '2 MiB pages', bytes: 2 * MIB },
  threads: 1,
  bytesPerThread: 512 * MIB,
  gbps: [],
  ...over,
});

describe('planBandwidth', () => {
  const room: BandwidthRoom = { availableBytes: 22 * GIB, cacheBytes: 34 * MIB, threads: 2, quick: false };
  const sizes = (over: Partial<BandwidthRoom>) => {
    const plan = planBandwidth({ ...room, ...over });
    if (plan.kind !== 'measure') return plan.kind;
    return plan.threadCounts.map((threads) => [threads, plan.bytesPerThread(threads) / MIB]);
  };

  it('reads half a gigabyte in all, a quarter when it must be quick', () => {
    expect(sizes({})).toEqual([
      [1, 512],
      [2, 256],
    ]);
    expect(sizes({ quick: true })).toEqual([
      [1, 256],
      [2, 128],
    ]);
  });

  it('doubles the threads up to a number that is no power of two', () => {
    const plan = planBandwidth({ ...room, threads: 12 });
    expect(plan).toMatchObject({ threadCounts: [1, 2, 4, 8, 12] });
  });

  it('grows past large caches', () => {
    expect(sizes({ cacheBytes: 256 * MIB, threads: 1 })).toEqual([[1, 1024]]);
  });

  it('stays below what WebAssembly can hold', () => {
    expect(sizes({ cacheBytes: 1152 * MIB, threads: 1, availableBytes: 900 * GIB })).toEqual([[1, 2048]]);
  });

  it('takes no more than a quarter of what is available, over all threads', () => {
    for (const threads of [1, 2, 6, 16]) {
      const plan = planBandwidth({ ...room, availableBytes: GIB, threads });
      if (plan.kind !== 'measure') throw new Error(plan.kind);
      let held = 0;
      let before = 0;
      for (const count of plan.threadCounts) {
        held += (count - before) * plan.bytesPerThread(count);
        before = count;
      }
      expect(held).toBeLessThanOrEqual(GIB / 4);
    }
  });

  it('refuses to measure the caches', () => {
    expect(sizes({ availableBytes: 256 * MIB })).toBe('too-little-memory');
  });
});

describe('gbpsOf', () => {
  it('divides all bytes by the time from the first start to the last end', () => {
    const spans = [
      { start: 0, end: 500e6 },
      { start: 100e6, end: 1e9 },
    ];
    expect(gbpsOf(spans, 20e9)).toBe(20);
  });

  it('gives no figure for a pass without time', () => {
    expect(gbpsOf([{ start: 5, end: 5 }], 1e9)).toBeNull();
  });
});

describe('judgePages', () => {
  const sizes = { huge: 2 * MIB, small: 4096 };

  it('names the pages that nearly all of the memory has', () => {
    expect(judgePages(505 * MIB, 512 * MIB, sizes).label).toBe('2 MiB pages');
    expect(judgePages(0, 512 * MIB, sizes).label).toBe('4 KiB pages');
    expect(judgePages(0, 512 * MIB, { ...sizes, small: 65_536 }).label).toBe('64 KiB pages');
    expect(judgePages(200 * MIB, 512 * MIB, sizes).label).toBe('mixed pages');
  });

  it('names none where the system does not tell', () => {
    expect(judgePages(null, 512 * MIB, sizes)).toEqual({ label: 'default pages', bytes: null });
  });
});

describe('choosing', () => {
  const one = series({ gbps: [20, 28, 27] });
  const two = series({ threads: 2, gbps: [30, 52, 31] });

  it('takes the series with the best pass', () => {
    expect(fastest([one, two])).toBe(two);
    expect(fastest([])).toBeNull();
    expect(fastest([series({})])).toBeNull();
  });

  it('goes on while a step brings five percent', () => {
    expect(paysOff([one], [two])).toBe(true);
    expect(paysOff([one], [series({ gbps: [28, 28.5, 27] })])).toBe(false);
  });

  it('says what was measured and under which conditions', () => {
    expect(nameSeries(two)).toBe('memchr, 2 MiB pages, 2 threads');
    expect(nameSeries(one)).toBe('memchr, 2 MiB pages, 1 thread');
    expect(bandwidthConditions(two, [one, two])).toEqual({
      threads: 2,
      buffer_mib: 512,
      page_kib: 2048,
      statistic: 'best pass',
      'median: memchr, 2 MiB pages, 1 thread': 27,
    });
  });
});

describe('findings', () => {
  it('warns of passes more than 15 % of their median apart', () => {
    expect(bandwidthFindings({ n: 5, min: 40, median: 50, max: 52 })).toMatchObject([
      { severity: 'warning', code: 'bandwidth-noisy', path: '/hardware/memory/cpu_mem_bw_gbps' },
    ]);
    expect(bandwidthFindings({ n: 5, min: 46, median: 50, max: 52 })).toEqual([]);
  });

  it('tells why huge pages were not measured', () => {
    expect(hugePageFindings('no-library: koffi')).toMatchObject([
      { severity: 'info', code: 'huge-pages-unavailable' },
    ]);
    expect(hugePageFindings(null)).toEqual([]);
  });
});
