import { describe, expect, it } from 'vitest';
import { profileWithGpus } from '../../../../src/core/catalog/gpus/profile-with-gpus';
import { gpuSpecSchema } from '../../../../src/core/catalog/gpus/schema';
import { profileSchema } from '../../../../src/core/profile/schema';

const base = profileSchema.parse({
  schema_version: '1.0.0',
  created: '2026-01-01T00:00:00Z',
  generator: 'test',
  hardware: {
    platform: { os: 'linux' },
    cpu: {},
    memory: { ram_available_gib: 60 },
    gpus: [{ index: 0, vram_free_mib: 1 }],
  },
  provenance: {
    '/hardware/gpus/0/vram_free_mib': { method: 'nvidia-smi' },
    '/hardware/memory/ram_available_gib': { method: 'meminfo' },
  },
});

const card = gpuSpecSchema.parse({
  id: 'card',
  name: 'Card',
  vendor: 'nvidia',
  class: 'consumer',
  memory_gib: 24,
  bandwidth_gbps: 936,
  source: { url: 'https://example.org/card', read_at: '2026-01-01', basis: 'published' },
  sources: { memory_gib: { url: null, read_at: null, basis: 'recalled, unverified' } },
});

describe('a machine with cards of the catalog', () => {
  it('has these cards and no others, all their memory free', () => {
    const { gpus } = profileWithGpus(base, [card, card]).hardware;
    expect(gpus?.map(({ index, name, vram_free_mib: free }) => [index, name, free])).toEqual([
      [0, 'Card', 24576],
      [1, 'Card', 24576],
    ]);
  });

  it('says of each figure that it is assumed, and from where', () => {
    const { provenance } = profileWithGpus(base, [card]);
    expect(provenance['/hardware/gpus/0/vram_bw_gbps']?.conditions).toEqual({
      card: 'card',
      basis: 'assumed',
      source: 'https://example.org/card, read 2026-01-01',
    });
    expect(provenance['/hardware/gpus/0/vram_free_mib']?.conditions?.['source']).toBe('recalled, unverified');
    expect(provenance['/hardware/gpus/0/pcie_gen_max']).toMatchObject({
      method: null,
      reason: expect.stringContaining('not-published') as string,
    });
    expect(provenance['/hardware/memory/ram_available_gib']?.method).toBe('meminfo');
  });

  it('leaves the profile it came from as it was', () => {
    profileWithGpus(base, []);
    expect(base.hardware.gpus).toHaveLength(1);
    expect(profileSchema.parse(profileWithGpus(base, [card]))).toEqual(profileWithGpus(base, [card]));
  });
});
