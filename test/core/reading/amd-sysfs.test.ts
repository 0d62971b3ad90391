import { describe, expect, it } from 'vitest';
import { amdFindings, gfxName, gpuOfAmdCard, kfdAddress } from '../../../src/core/reading/amd-sysfs';
import { AT, card, valuesOf, unexplainedIn } from './other-gpu-captures';

describe('a card of AMD in sysfs', () => {
  it('has its memory, its chip and the link of its slot', () => {
    const gpu = gpuOfAmdCard(card, AT);
    expect(valuesOf(gpu)).toEqual({
      vendor: 'amd',
      name: 'AMD GPU 0x744c',
      uuid: 'c1f9a0b2d3e4f506',
      pci_bus_id: '0000:03:00.0',
      memory_kind: 'dedicated',
      vram_total_mib: 24_560,
      vram_free_mib: 23_536,
      vram_source: 'amdgpu sysfs',
      compute_capability: 'gfx1100',
      pcie_gen: 3,
      pcie_gen_max: 4,
      pcie_width: 8,
      pcie_width_max: 16,
      pcie_sampled_under_load: false,
    });
    expect(unexplainedIn(gpu)).toEqual([]);
  });

  it('shares the memory of the machine where its node has processors too', () => {
    const kfdProperties = 'cpu_cores_count 16\nsimd_count 80\ngfx_target_version 110501\n';
    const gpu = gpuOfAmdCard({ ...card, vramTotal: '536870912', kfdProperties }, AT);
    expect(gpu.memory_kind).toMatchObject({
      value: 'unified',
      provenance: { conditions: { carve_out_mib: 512 } },
    });
    expect(gpu.vram_total_mib).toMatchObject({ value: null, provenance: { reason: /^unified-memory/ } });
    expect(gpu.compute_capability.value).toBe('gfx1151');
    expect(unexplainedIn(gpu)).toEqual([]);
  });

  it('has no memory figure where the driver gives none, or a wrong one', () => {
    for (const vramTotal of [null, '', '0', '-1', 'lots', '1e9', '9'.repeat(30)]) {
      const gpu = gpuOfAmdCard({ ...card, vramTotal }, AT);
      expect(gpu.vram_total_mib.value).toBeNull();
      expect(gpu.vram_free_mib.value).toBeNull();
      expect(unexplainedIn(gpu)).toEqual([]);
    }
    expect(gpuOfAmdCard({ ...card, vramUsed: '99999999999999' }, AT).vram_free_mib.value).toBeNull();
  });

  it('that the processor sees a window of is told of', () => {
    expect(amdFindings({ ...card, visibleTotal: '268435456' }, '/hardware/gpus/0')).toMatchObject([
      { code: 'resizable-bar-off', path: '/hardware/gpus/0/vram_total_mib' },
    ]);
    expect(amdFindings(card, '/hardware/gpus/0')).toEqual([]);
  });

  it.each([
    [90_010, 'gfx90a'],
    [90_402, 'gfx942'],
    [100_300, 'gfx1030'],
    [120_001, 'gfx1201'],
    [0, null],
    [5_000_000, null],
  ])('with target version %d is called %s', (version, name) => {
    expect(gfxName(`gfx_target_version ${version}\n`)).toBe(name);
  });

  it('is found in the topology by its place on the bus; a processor is not', () => {
    expect(kfdAddress('simd_count 192\nlocation_id 768\ndomain 0\n')).toBe('0000:03:00.0');
    expect(kfdAddress('simd_count 192\nlocation_id 51457\ndomain 1\n')).toBe('0001:c9:00.1');
    expect(kfdAddress('simd_count 0\nlocation_id 0\n')).toBeNull();
    expect(kfdAddress('')).toBeNull();
  });
});
