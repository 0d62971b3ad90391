import { describe, expect, it } from 'vitest';
import { GIB, MIB } from '../../src/core/units';
import { draughtMarks } from '../../src/renderer/plan/draught-marks';
import { drawLoad } from '../../src/renderer/plan/memory-parts';

const row = {
  device: 'gpu0',
  name: null,
  model_bytes: 10 * GIB,
  context_bytes: 2 * GIB,
  compute_bytes: GIB,
  output_bytes: 0,
  overhead_bytes: GIB,
  total_bytes: 14 * GIB,
  budget_bytes: 20 * GIB,
};

describe('the picture of a device loaded to a line', () => {
  it('stows the parts one after the other, in proportion', () => {
    const { stowed, end, line } = drawLoad(row);
    expect(stowed.map(({ left }) => left)).toEqual([
      0,
      stowed[0]!.width,
      expect.closeTo(stowed[0]!.width + stowed[1]!.width),
      expect.closeTo(end - stowed[4]!.width),
      expect.closeTo(end - stowed[4]!.width),
    ]);
    expect(stowed[0]!.width / stowed[1]!.width).toBeCloseTo(5);
    expect(end / line!).toBeCloseTo(14 / 20);
  });

  it('keeps the line at one place for every device that is loaded below it', () => {
    const small = { ...row, model_bytes: GIB, total_bytes: 5 * GIB, budget_bytes: 6 * GIB };
    expect(drawLoad(small).line).toBeCloseTo(drawLoad(row).line!);
  });

  it('draws a load that goes past the line, however far', () => {
    const over = { ...row, model_bytes: 96 * GIB, total_bytes: 100 * GIB };
    const { end, line } = drawLoad(over);
    expect(end).toBeCloseTo(100);
    expect(line).toBeCloseTo(20);
  });

  it('gives a part of unknown size a place and a name, and counts it nowhere', () => {
    const { missing, knownBytes, stowed, end } = drawLoad({ ...row, compute_bytes: null, total_bytes: null });
    expect(missing.map(({ name }) => name)).toEqual(['Compute']);
    expect(knownBytes).toBe(13 * GIB);
    expect(stowed[2]).toMatchObject({ bytes: null });
    expect(stowed[2]!.width).toBeGreaterThan(0);
    expect(end).toBeLessThanOrEqual(100);
  });

  it('draws no line where the budget is not known', () => {
    expect(drawLoad({ ...row, budget_bytes: null }).line).toBeNull();
  });

  it('draws a line at the very beginning where there is no room at all', () => {
    expect(drawLoad({ ...row, budget_bytes: 0 }).line).toBe(0);
  });

  it('marks round amounts along the bar', () => {
    const marks = draughtMarks(26 * GIB).map(({ bytes }) => bytes / GIB);
    expect(marks).toEqual([5, 10, 15, 20, 25]);
    expect(draughtMarks(700 * MIB).map(({ bytes }) => bytes / MIB)).toEqual([100, 200, 300, 400, 500, 600]);
    expect(draughtMarks(0)).toEqual([]);
  });
});
