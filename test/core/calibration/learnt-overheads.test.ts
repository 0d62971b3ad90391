import { describe, expect, it } from 'vitest';
import { withLearntOverheads } from '../../../src/core/calibration/learnt-overheads';
import { machineId } from '../../../src/core/receipt/machine-id';
import { MIB } from '../../../src/core/units';
import { gpuWith, profileWith } from '../plan/profiles';
import { calibrationOf, likeness } from '../../support/observations';

const unknown = profileWith({ gpus: [gpuWith({ context_overhead_mib: null })] });
const machine = machineId(unknown);

function learnt(mib: readonly number[], own: Partial<typeof likeness> = {}) {
  const overheads = mib.map((each, index) => ({
    receipt: `r${index}`,
    likeness: { ...likeness, machine, devices: ['gpu0'], ...own },
    device: 'gpu0',
    bytes: each * MIB,
  }));
  return { ...calibrationOf([]), overheads };
}

const overheadIn = (profile: typeof unknown) => profile.hardware.gpus![0]!.context_overhead_mib;

describe('what a driver takes on a card', () => {
  it('is the median of the receipts where it was not measured', () => {
    const profile = withLearntOverheads(unknown, learnt([400, 420, 900]));
    expect(overheadIn(profile)).toBe(420);
    expect(profile.provenance['/hardware/gpus/0/context_overhead_mib']).toMatchObject({
      method: 'receipts',
      samples: { n: 3, median: 420 },
    });
    expect(machineId(profile)).toBe(machine);
  });

  it('stays as measured, and unknown where receipts are of another machine, runtime or split', () => {
    const measured = profileWith({ gpus: [gpuWith({ context_overhead_mib: 300 })] });
    expect(withLearntOverheads(measured, learnt([400]))).toBe(measured);
    for (const own of [{ machine: 'there' }, { runtime: 'embedded' as const }, { split_mode: 'row' }]) {
      expect(withLearntOverheads(unknown, learnt([400], own))).toBe(unknown);
    }
    expect(withLearntOverheads(unknown, null)).toBe(unknown);
  });
});
