import { describe, expect, it } from 'vitest';
import { planRequestSchema } from '../../src/core/plan/schema';
import {
  heldByOthers,
  overrideLines,
  readOverrideLines,
  typedReserve,
  withBudget,
  withPlanHeld,
  withShare,
  withTypedReserve,
} from '../../src/renderer/plan/settings/request-changes';
import { samplePlan } from '../core/report/sample-plan';

describe('changes of a request from its controls', () => {
  it('fix all shares with the first that is typed, and give all back with the last that is emptied', () => {
    const first = withShare(null, [30, 19], 0, 25);
    expect(first).toEqual([25, 19]);
    expect(withShare(first, [30, 19], 1, 20)).toEqual([25, 20]);
    expect(withShare(first, [30, 19], 0, null)).toBeNull();
    expect(withShare(null, [30, 19], 0, null)).toBeNull();
  });

  it('set a budget of one device, nothing of another, and take it away again', () => {
    const set = withBudget({ host: 4096 }, 'gpu0', 10_240);
    expect(set).toEqual({ host: 4096, gpu0: 10_240 });
    expect(withBudget(set, 'gpu0', null)).toEqual({ host: 4096 });
    expect(withBudget(set, 'gpu0', 0)).toEqual({ host: 4096, gpu0: 0 });
  });

  it('hold back what another plan takes, once, beside what was typed', () => {
    const typed = withTypedReserve([], 'host', 512);
    const held = withPlanHeld(typed, samplePlan())!;
    expect(withPlanHeld(held, samplePlan())).toEqual(held);
    expect(typedReserve(held, 'host')).toBe(512);
    const [other] = heldByOthers(held);
    const bytes = samplePlan().memory.reduce((sum, row) => sum + row.total_bytes!, 0);
    expect(other!.mib * 2 ** 20).toBeCloseTo(bytes, 3);
    expect(withTypedReserve(held, 'host', null)).toHaveLength(held.length - 1);
    expect(planRequestSchema.safeParse({ reserves: held }).success).toBe(true);
  });

  it('hold back nothing of a plan whose memory is not known', () => {
    const plan = samplePlan();
    const [first, ...others] = plan.memory;
    const unknown = { ...plan, memory: [{ ...first!, total_bytes: null }, ...others] };
    expect(withPlanHeld([], unknown)).toBeNull();
  });

  it('read tensors put by name, and write them back', () => {
    const text = String.raw`blk\.(0|1)\.ffn_.*=gpu1` + '\noutput.weight=CPU\n\n';
    const read = readOverrideLines(text);
    expect(read).toEqual({
      overrides: [
        { pattern: String.raw`blk\.(0|1)\.ffn_.*`, device: 'gpu1' },
        { pattern: 'output.weight', device: 'host' },
      ],
    });
    if ('overrides' in read) expect(readOverrideLines(overrideLines(read.overrides))).toEqual(read);
  });

  it('say of a line that puts nothing anywhere what is wrong with it', () => {
    expect(readOverrideLines('ffn')).toEqual({ problem: 'ffn wants the form PATTERN=DEVICE.' });
    expect(readOverrideLines('=host')).toEqual({ problem: '=host wants the form PATTERN=DEVICE.' });
    expect(readOverrideLines('ffn=moon')).toEqual({
      problem: 'ffn=moon: A device is called host, or gpu0, gpu1, … in the order of the PCI bus.',
    });
  });
});
