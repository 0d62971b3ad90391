import { describe, expect, it } from 'vitest';
import { mayLockBeyondLimit, parseMemlock } from '../../../src/core/reading/memory-limits';
import { machineCapture } from '../../support/machine-captures';

describe('parseMemlock', () => {
  it('reads the soft limit', () => {
    expect(parseMemlock(machineCapture('guest/limits'))).toEqual({ kind: 'bytes', bytes: 8 * 2 ** 20 });
  });

  it('takes the soft one where the hard one is wider', () => {
    const line = 'Max locked memory         65536                unlimited            bytes     \n';
    expect(parseMemlock(line)).toEqual({ kind: 'bytes', bytes: 65_536 });
  });

  it('knows unlimited from unknown', () => {
    const line = 'Max locked memory         unlimited            unlimited            bytes     \n';
    expect(parseMemlock(line)).toEqual({ kind: 'unlimited' });
    expect(parseMemlock('')).toEqual({ kind: 'unknown' });
  });
});

describe('mayLockBeyondLimit', () => {
  it('sees CAP_IPC_LOCK of root', () => {
    expect(mayLockBeyondLimit(machineCapture('guest/status'))).toBe(true);
  });

  it('sees that an ordinary user has none', () => {
    expect(mayLockBeyondLimit('CapEff:\t0000000000000000\n')).toBe(false);
    expect(mayLockBeyondLimit('Name: x\n')).toBeNull();
  });
});
