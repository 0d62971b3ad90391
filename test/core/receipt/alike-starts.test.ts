import { describe, expect, it } from 'vitest';
import { alikeStarts, leastOf } from '../../../src/core/receipt/alike-starts';
import type { BandwidthReading } from '../../../src/core/receipt/readings';

/** A start around which memory was read to give so much. */
function start(...all: readonly number[]) {
  const readings = all.map((gbps): BandwidthReading => {
    return {
      device: 'host',
      start: 0,
      when: 'between',
      threads: 2,
      gbps: { n: 5, min: gbps, median: gbps, max: gbps },
    };
  });
  return { speeds: [], readings, envelope: null };
}

describe('starts that can be compared', () => {
  it('are those at the pace that most starts of each thing share, whichever turn they were in', () => {
    const small = [start(58, 57), start(34, 33), start(33, 35), start(58, 60)];
    const large = [start(34, 34), start(59, 58), start(35, 34), start(33, 33)];
    expect(alikeStarts([small, large])).toEqual([
      [1, 2],
      [0, 2, 3],
    ]);
  });

  it('leave out what moved in itself', () => {
    const moved = start(34, 58);
    expect(
      alikeStarts([
        [start(34), moved],
        [start(33), start(35), moved],
      ]),
    ).toEqual([[0], [0, 1]]);
    expect(alikeStarts([[moved, start(34), start(58)]])).toEqual([[1, 2]]);
  });

  it('are all of them where nothing was read, and none where one thing has none', () => {
    expect(alikeStarts([[start(), start()], [start()]])).toEqual([[0, 1], [0]]);
    expect(leastOf(alikeStarts([[start(34)], [start(34, 58)]]))).toBe(0);
  });
});
