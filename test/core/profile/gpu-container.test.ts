import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProfile, parseProfile } from '../../../src/core/profile/parse-profile';
import { toGpuContainer } from '../../../src/core/profile/to-gpu-container';

const fixture = (name: string) => readFileSync(join(__dirname, '../../fixtures/profiles', name), 'utf8');
const seedText = fixture('gpu-container-0.1.0.json');
const emptyText = fixture('gpu-container-0.1.0-no-gpu.json');

interface Seed {
  [key: string]: unknown;
  created: string;
  hardware: Record<'gpu' | 'platform' | 'bandwidth' | 'memory', Record<string, unknown>>;
}
const seed = (): Seed => JSON.parse(seedText) as Seed;

describe('a gpu-container profile', () => {
  it('gives its bandwidths to the GPU, the disk and the memory', () => {
    const { hardware, schema_version, generator } = parseProfile(seedText);
    expect([schema_version, generator]).toEqual(['1.0.0', 'gpu-container 0.1.0']);
    expect(hardware.gpus).toHaveLength(1);
    expect(hardware.gpus![0]).toMatchObject({
      index: 0,
      vendor: 'nvidia',
      name: 'NVIDIA GeForce RTX 5090',
      memory_kind: 'dedicated',
      vram_total_mib: 32607,
      vram_source: 'nvidia-smi',
      pcie_gen: 5,
      pcie_h2d_gbps: 52.4,
      pcie_d2h_gbps: 50.1,
      vram_bw_gbps: null,
    });
    expect(hardware.disks).toEqual([
      expect.objectContaining({
        directory: '/bench',
        fs_type: 'ext4',
        nvme_seq_read_gbps: 3.21,
        nvme_rand_qd1_lat_us: 68.3,
        size_gib: 4,
        refused: null,
      }),
    ]);
    expect(hardware.memory).toMatchObject({ cpu_mem_bw_gbps: 61, pinnable_ceiling_gib: 0.75 });
    expect(hardware.platform).toMatchObject({ os: 'linux', wsl2: true, uvm_oversubscription: false });
  });

  it('says where every figure is from, and why the others are missing', () => {
    const { provenance } = parseProfile(seedText);
    expect(provenance['/hardware/gpus/0/pcie_h2d_gbps']!.method).toMatch(/^gpu-container 0\.1\.0: pinned/);
    expect(provenance['/hardware/memory/cpu_mem_bw_gbps']!.method).toMatch(/numpy/);
    expect(provenance['/hardware/gpus/0/vram_reserved_mib']!.reason).toMatch(/^absent: null/);
    expect(provenance['/hardware/cpu/physical_cores']!.reason).toBe('absent: not in the file');
  });

  it('is written back as it was', () => {
    for (const text of [seedText, emptyText]) {
      const profile = parseProfile(formatProfile(parseProfile(text)));
      expect(toGpuContainer(profile)).toEqual(JSON.parse(text));
    }
  });

  it('without a GPU cannot say whether it looked, unless it says none', () => {
    expect(parseProfile(emptyText).hardware.gpus).toBeNull();
    expect(parseProfile(emptyText).provenance['/hardware/gpus']!.reason).toMatch(/^absent: /);
    expect(parseProfile(emptyText).hardware.platform.os).toBe('win32');
    expect(parseProfile(emptyText.replace('"unknown"', '"none"')).hardware.gpus).toEqual([]);
    const raw = JSON.parse(emptyText) as { hardware: { gpu: unknown } };
    raw.hardware.gpu = null;
    expect(parseProfile(JSON.stringify(raw)).hardware.gpus).toBeNull();
  });

  it('keeps the figures of a GPU without a name', () => {
    const raw = seed();
    raw.hardware.gpu['name'] = 'unknown';
    const { hardware } = parseProfile(JSON.stringify(raw));
    expect(hardware.gpus![0]).toMatchObject({ name: null, vram_total_mib: 32607, vendor: 'nvidia' });
  });

  it('of minor parts only is read too', () => {
    const profile = parseProfile(
      '{"schema_version":"0.1.0","created":"2026-01-01","hardware":{"gpu":{"name":"X"}}}',
    );
    expect(profile.hardware.gpus![0]).toMatchObject({ name: 'X', vram_total_mib: null, memory_kind: null });
    expect(profile.hardware.disks).toEqual([]);
  });

  it('is refused where a figure is not one, naming its own place', () => {
    const raw = seed();
    raw.hardware.gpu['vram_total_mib'] = '32 GB';
    expect(() => parseProfile(JSON.stringify(raw))).toThrow(/\/hardware\/gpu\/vram_total_mib/);
  });

  it('loses nothing through 1.x and back, whatever its values and unknown keys', () => {
    const number = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0));
    const whole = fc.option(fc.nat(1e6));
    const word = fc.option(fc.stringMatching(/^[a-z][a-z 0-9]{0,10}$/));
    const flag = fc.option(fc.boolean());
    const extra = fc.dictionary(
      fc.stringMatching(/^new_[a-z]{1,8}$/),
      fc.oneof(fc.nat(), fc.boolean(), fc.constant(null), fc.array(fc.nat(), { maxLength: 3 })),
      { maxKeys: 2 },
    );
    const record = <T>(known: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
      fc.tuple(extra, fc.record(known)).map(([more, values]) => Object.assign(more, values));
    const gpu = record({
      name: fc.constantFrom('NVIDIA RTX A4000', 'unknown', 'none', 'Tesla T4'),
      vram_total_mib: whole,
      vram_free_mib: whole,
      vram_reserved_mib: whole,
      driver_version: word,
      cuda_version: word,
      compute_capability: word,
      pcie_gen: whole,
      pcie_width: whole,
      vram_source: word,
    });
    const platform = record({
      os: fc.constantFrom('linux', 'windows'),
      in_container: fc.boolean(),
      wsl2: fc.boolean(),
      container_runtime: word,
      nvidia_runtime: flag,
      uvm_oversubscription: flag,
    });
    const bandwidth = record({
      pcie_h2d_gbps: number,
      pcie_d2h_gbps: number,
      nvme_seq_read_gbps: number,
      nvme_rand_qd1_read_iops: number,
      nvme_rand_qd1_read_mbps: number,
      method: word,
      details: fc.option(extra),
    });
    const memory = record({
      ram_total_gib: number,
      ram_available_gib: number,
      pinnable_ceiling_gib: number,
      pinnable_method: word,
      pinnable_capped: flag,
      cpu_mem_bw_gbps: number,
      cpu_mem_bw_method: word,
    });
    const hardware = record({ gpu, platform, bandwidth, memory });
    const profile = record({
      schema_version: fc.constant('0.1.0'),
      created: fc.constant('2026-06-30'),
      hardware,
      model: fc.option(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.nat(), { maxKeys: 3 })),
      notes: fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(profile, (made) => {
        const text = JSON.stringify(made);
        const again = parseProfile(formatProfile(parseProfile(text)));
        expect(toGpuContainer(again)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a profile of 1.x written for gpu-container', () => {
  const example = parseProfile(fixture('example-1.0.0.json'));

  const withGpus = (gpus: [] | null) =>
    toGpuContainer({ ...example, hardware: { ...example.hardware, gpus } }) as unknown as Seed;

  it('has the first GPU, the first disk that was measured, and the names of 0.1.0', () => {
    const written = toGpuContainer(example) as unknown as Seed;
    expect(written['schema_version']).toBe('0.1.0');
    expect(Object.keys(written.hardware)).toEqual(['gpu', 'platform', 'bandwidth', 'memory']);
    expect(Object.keys(written.hardware.gpu)).toEqual(Object.keys(seed().hardware.gpu));
    expect(Object.keys(written.hardware.memory)).toEqual(Object.keys(seed().hardware.memory));
    expect(new Set(Object.keys(written.hardware.platform))).toEqual(
      new Set(Object.keys(seed().hardware.platform)),
    );
    expect(new Set(Object.keys(written.hardware.bandwidth))).toEqual(
      new Set(Object.keys(seed().hardware.bandwidth)),
    );
    expect(written.hardware.gpu['name']).toBe('NVIDIA GeForce RTX 4090');
    expect(written.hardware.bandwidth).toMatchObject({ pcie_h2d_gbps: 25.1, nvme_seq_read_gbps: 6.812 });
  });

  it('comes back with the same figures', () => {
    const back = parseProfile(JSON.stringify(toGpuContainer(example)));
    expect(back.hardware.gpus![0]).toMatchObject({ vram_total_mib: 24564, pcie_gen: 4, pcie_h2d_gbps: 25.1 });
    expect(back.hardware.disks[0]).toMatchObject({ directory: '/data/models', fs_type: 'ext4', size_gib: 4 });
    expect(back.hardware.memory.cpu_mem_bw_gbps).toBe(61.3);
  });

  it('keeps none and unknown apart', () => {
    expect(withGpus([]).hardware.gpu['name']).toBe('none');
    expect(withGpus(null).hardware.gpu['name']).toBe('unknown');
    expect(parseProfile(JSON.stringify(withGpus([]))).hardware.gpus).toEqual([]);
    expect(parseProfile(JSON.stringify(withGpus(null))).hardware.gpus).toBeNull();
  });
});
