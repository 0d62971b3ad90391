import { describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../src/core/profile/readings';
import { gpusOfApple, type AppleFacts } from '../../../src/core/reading/apple-gpus';
import { AT, fixture, valuesOf, unexplainedIn } from './other-gpu-captures';

function limitedTo(wiredLimit: string): GpuReading {
  const facts: AppleFacts = { appleSilicon: true, wiredLimit, availableBytes: 20 * 2 ** 30 };
  return gpusOfApple(fixture('apple-m1.json'), facts, AT)[0]!;
}

describe('the GPU of a Mac', () => {
  const facts: AppleFacts = { appleSilicon: true, wiredLimit: '0\n', availableBytes: 20 * 2 ** 30 };

  it('of Apple’s own shares the memory, and macOS does not say how much it may take', () => {
    const [gpu] = gpusOfApple(fixture('apple-m3-pro.json'), facts, AT);
    expect(valuesOf(gpu!)).toEqual({
      vendor: 'apple',
      name: 'Apple M3 Pro',
      memory_kind: 'unified',
      compute_capability: 'metal3',
    });
    expect(gpu!.name.provenance.conditions).toEqual({ cores: 18 });
    expect(gpu!.vram_total_mib.provenance.reason).toMatch(/two thirds to three quarters/);
    expect(unexplainedIn(gpu!)).toEqual([]);
  });

  it('may take what the user has set, and no more than there is', () => {
    expect(valuesOf(limitedTo('12288\n'))).toMatchObject({
      name: 'Apple M1',
      vram_total_mib: 12_288,
      vram_free_mib: 12_288,
    });
    expect(valuesOf(limitedTo('30000\n'))).toMatchObject({ vram_total_mib: 30_000, vram_free_mib: 20_480 });
    expect(limitedTo('unknown oid').vram_total_mib.value).toBeNull();
  });

  it('with an Intel processor has memory of its own where it says so', () => {
    const gpus = gpusOfApple(fixture('apple-intel.json'), { ...facts, appleSilicon: false }, AT);
    expect(gpus.map(valuesOf)).toMatchObject([
      { vendor: 'intel', memory_kind: 'unified' },
      { vendor: 'amd', name: 'AMD Radeon Pro 5500M', memory_kind: 'dedicated', vram_total_mib: 8192 },
    ]);
    expect(gpus.flatMap(unexplainedIn)).toEqual([]);
  });

  it('is none where the answer is no list of GPUs', () => {
    for (const text of ['', '{}', '{"SPDisplaysDataType":{}}', '{"SPDisplaysDataType":[1,null,{}]}']) {
      expect(gpusOfApple(text, facts, AT)).toEqual([]);
    }
  });
});
