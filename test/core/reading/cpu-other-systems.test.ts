import { expect, it } from 'vitest';
import { featuresOf } from '../../../src/core/reading/cpu-features';
import { parseSysctlCpu, parseWin32Processor } from '../../../src/core/reading/cpu-other-systems';
import { machineCapture } from '../../support/machine-captures';

it('reads an Apple processor', () => {
  const cpu = parseSysctlCpu(machineCapture('constructed/sysctl-m2'));
  expect(cpu).toMatchObject({ name: 'Apple M2', physicalCores: 8, logicalCores: 8 });
  expect(cpu.caches.l1d?.totalBytes).toBe(8 * 65_536);
  expect(cpu.caches.l3).toBeNull();
  expect(featuresOf(cpu.flags!)).toEqual(['neon', 'dotprod', 'i8mm', 'bf16']);
});

it('knows nothing of an empty answer', () => {
  expect(parseSysctlCpu('')).toMatchObject({ name: null, physicalCores: null, flags: null });
});

it('adds up the sockets of a Windows machine', () => {
  const cpu = parseWin32Processor(machineCapture('constructed/win32-processor.json'));
  expect(cpu).toMatchObject({ name: 'AMD EPYC 7302 16-Core Processor', physicalCores: 32, logicalCores: 64 });
  expect(cpu?.caches.l3?.totalBytes).toBe(256 * 2 ** 20);
});

it('reads the one object that PowerShell prints for one socket', () => {
  expect(parseWin32Processor('{"Name":"X","NumberOfCores":4,"L3CacheSize":0}')).toMatchObject({
    name: 'X',
    physicalCores: 4,
    logicalCores: null,
    caches: { l3: null },
  });
  expect(parseWin32Processor('not JSON')).toBeNull();
});
