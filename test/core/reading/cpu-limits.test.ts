import { expect, it } from 'vitest';
import { cpuShareFindings, judgeCpuShare } from '../../../src/core/reading/cpu-limits';
import { numaFindings } from '../../../src/core/reading/cpu-numa';
import { machineCapture } from '../../support/machine-captures';

it('finds nothing to tell where nothing limits', () => {
  const share = judgeCpuShare(machineCapture('guest/status'), [
    { max: null, quota: '-1\n', period: '100000\n' },
    { max: 'max 100000\n', quota: null, period: null },
  ]);
  expect(share).toEqual({ allowed: 2, quota: null });
  expect(cpuShareFindings(share, 2)).toEqual([]);
});

it('takes the tightest quota of all cgroups, of either version', () => {
  const share = judgeCpuShare('Cpus_allowed_list:\t0-15\n', [
    { max: '400000 100000\n', quota: null, period: null },
    { max: null, quota: '250000\n', period: '100000\n' },
  ]);
  expect(share).toEqual({ allowed: 16, quota: 2.5 });
  expect(cpuShareFindings(share, 16)).toMatchObject([
    {
      code: 'cpu-limited',
      message: expect.stringContaining('quota leaves 2.5 of 16'),
      remedy: expect.stringContaining('--threads 2'),
    },
  ]);
});

it('tells of an affinity', () => {
  const share = judgeCpuShare('Cpus_allowed_list:\t0,2\n', []);
  expect(cpuShareFindings(share, 8)).toMatchObject([
    { message: expect.stringContaining('affinity leaves 2 of 8') },
  ]);
});

it('tells of NUMA only where there is more than one node', () => {
  expect(numaFindings(2)).toMatchObject([{ code: 'numa' }]);
  expect(numaFindings(1)).toEqual([]);
  expect(numaFindings(null)).toEqual([]);
});
