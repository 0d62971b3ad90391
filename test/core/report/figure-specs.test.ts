import { describe, expect, it } from 'vitest';
import {
  cpuSchema,
  diskSchema,
  gpuSchema,
  memorySchema,
  platformSchema,
} from '../../../src/core/profile/schema';
import {
  cpuSpecs,
  describePointer,
  diskSpecs,
  formatFigure,
  gpuSpecs,
  memorySpecs,
  platformSpecs,
} from '../../../src/core/report/figure-specs';

describe('figures of a profile', () => {
  it('are written with their unit', () => {
    expect(formatFigure('gbps', 61.3)).toBe('61.30 GB/s');
    expect(formatFigure('mib', 24564)).toBe('23.99 GiB');
    expect(formatFigure('iops', 15480.2)).toBe('15,480 reads/s');
    expect(formatFigure('microseconds', 62.1)).toBe('62.1 µs');
    expect(formatFigure('text', false)).toBe('no');
    expect(formatFigure('text', ['avx2', 'avx512f'])).toBe('avx2, avx512f');
  });

  it('tell an empty list from a missing one', () => {
    expect(formatFigure('text', [])).toBe('none');
  });

  it.each([
    ['platform', platformSpecs, platformSchema.shape],
    ['cpu', cpuSpecs, cpuSchema.shape],
    ['memory', memorySpecs, memorySchema.shape],
    ['gpu', gpuSpecs, gpuSchema.shape],
    ['disk', diskSpecs, diskSchema.shape],
  ])('of the %s are fields that the profile has', (_name, specs, shape) => {
    expect(specs.map(({ field }) => field).filter((field) => !(field in shape))).toEqual([]);
  });

  it('are called by name where a JSON pointer stands for them', () => {
    expect(describePointer('/hardware/gpus/1/vram_bw_gbps')).toBe('GPU 1: memory bandwidth');
    expect(describePointer('/hardware/memory/cpu_mem_bw_gbps')).toBe('Memory: read bandwidth');
    expect(describePointer('/hardware/gpus')).toBe('GPU');
    expect(describePointer('/tensors')).toBe('the sizes of the model’s tensors');
    expect(describePointer('/elsewhere/0')).toBe('/elsewhere/0');
  });

  it.each([
    ['/hardware/gpus/0/context_overhead_mib', 'GPU 0: CUDA context'],
    ['/hardware/gpus/0/pcie_gen', 'GPU 0: PCIe generation now'],
    ['/hardware/cpu/l1d_kib', 'Processor: L1 data cache'],
    ['/hardware/disks/0/rnd4k_q32_mbps', 'Disk 0: RND4K Q32T1'],
    ['/hardware/disks/0/nvme_rand_qd1_lat_us', 'Disk 0: random 4 KiB read'],
  ])('keep the capitals of names: %s', (pointer, words) => {
    expect(describePointer(pointer)).toBe(words);
  });
});
