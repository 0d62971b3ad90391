import { expect, it } from 'vitest';
import { parseSwapUsage, parseVmStat } from '../../../src/core/reading/memory-other-systems';
import { machineCapture } from '../../support/machine-captures';

it('adds the pages that macOS can hand out', () => {
  expect(parseVmStat(machineCapture('constructed/vm_stat'))).toBe(420_000 * 16_384);
});

it('knows nothing of a vm_stat that lacks a line', () => {
  expect(
    parseVmStat(machineCapture('constructed/vm_stat').replace('Pages inactive', 'Pages idle')),
  ).toBeNull();
  expect(parseVmStat('')).toBeNull();
});

it('reads the swap that macOS has taken so far', () => {
  expect(parseSwapUsage('total = 2048.00M  used = 1023.75M  free = 1024.25M  (encrypted)')).toBe(2 ** 31);
  expect(parseSwapUsage('nothing')).toBeNull();
});
