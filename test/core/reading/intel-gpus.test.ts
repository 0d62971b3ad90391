import { describe, expect, it } from 'vitest';
import { gpuOfIntelCard } from '../../../src/core/reading/intel-gpus';
import { AT, valuesOf, unexplainedIn } from './other-gpu-captures';

describe('a card of Intel', () => {
  const arc = {
    address: '0000:03:00.0',
    deviceId: '0x56a0',
    driver: 'i915',
    localTotal: null,
    localFree: null,
  };

  it('is known to be there, with its memory where the driver tells', () => {
    const gpu = gpuOfIntelCard(arc, AT)!;
    expect(valuesOf(gpu)).toMatchObject({
      vendor: 'intel',
      name: 'Intel GPU 0x56a0',
      driver_version: 'i915',
    });
    expect(gpu.vram_total_mib.value).toBeNull();
    expect(unexplainedIn(gpu)).toEqual([]);
    const told = gpuOfIntelCard({ ...arc, localTotal: '17079205888', localFree: '16000000000' }, AT)!;
    expect(valuesOf(told)).toMatchObject({ vram_total_mib: 16_288, memory_kind: 'dedicated' });
  });

  it('is left out where it is the graphics of the processor', () => {
    expect(gpuOfIntelCard({ ...arc, address: '0000:00:02.0' }, AT)).toBeNull();
  });
});
