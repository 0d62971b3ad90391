import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { known, missing, type Figure } from '../../../src/core/figure';
import type { GpuReading } from '../../../src/core/profile/readings';
import {
  amdFindings,
  gfxName,
  gpuOfAmdCard,
  kfdAddress,
  type AmdSysfsCard,
} from '../../../src/core/reading/amd-sysfs';
import { gpusOfApple, type AppleFacts } from '../../../src/core/reading/apple-gpus';
import { gpuOfIntelCard } from '../../../src/core/reading/intel-gpus';
import { mergeGpus } from '../../../src/core/reading/merge-gpus';
import { otherGpu } from '../../../src/core/reading/other-gpus';
import { linkOfHops, type PciHop } from '../../../src/core/reading/pci-link';
import { gpuOfAmdTool, parseAmdSmi, parseRocmSmi } from '../../../src/core/reading/rocm-smi';
import { unexplained } from '../../support/probe-context';

const AT = '2026-01-01T00:00:00Z';
const fixture = (name: string) => readFileSync(`test/fixtures/other-gpus/${name}`, 'utf8');

function hop(vendor: string, speed: string, width: string): PciHop {
  return { vendor, speed: `${speed} GT/s PCIe`, width, maxSpeed: '16.0 GT/s PCIe', maxWidth: '16' };
}

const card: AmdSysfsCard = {
  address: '0000:03:00.0',
  productName: null,
  deviceId: '0x744c',
  uniqueId: 'c1f9a0b2d3e4f506',
  vramTotal: '25753026560\n',
  vramUsed: '1073741824\n',
  visibleTotal: '25753026560\n',
  gttTotal: '33554432000\n',
  driver: null,
  hops: [
    hop('0x1002', '16.0', '16'),
    hop('0x1002', '16.0', '16'),
    hop('0x1002', '8.0', '8'),
    hop('0x1022', '8.0', '8'),
  ],
  kfdProperties: 'cpu_cores_count 0\nsimd_count 192\ngfx_target_version 110000\nlocation_id 768\ndomain 0\n',
};

/** The values alone, without those that are null. */
function valuesOf(gpu: GpuReading): Record<string, unknown> {
  const values = figuresOf(gpu).map(([name, { value }]) => [name, value] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== null));
}

function unexplainedIn(gpu: GpuReading): readonly string[] {
  return unexplained(Object.fromEntries(figuresOf(gpu)));
}

function figuresOf(gpu: GpuReading): readonly (readonly [string, Figure<unknown>])[] {
  return Object.entries(gpu).flatMap(([name, figure]) =>
    typeof figure === 'number' ? [] : [[name, figure] as const],
  );
}

function limitedTo(wiredLimit: string): GpuReading {
  const facts: AppleFacts = { appleSilicon: true, wiredLimit, availableBytes: 20 * 2 ** 30 };
  return gpusOfApple(fixture('apple-m1.json'), facts, AT)[0]!;
}

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

describe('the link to a card', () => {
  it('is as slow and as narrow as its worst hop outside of the card', () => {
    const hops = [hop('0x1002', '16.0', '16'), hop('0x1022', '8.0', '16'), hop('0x1022', '16.0', '4')];
    expect(linkOfHops(hops)).toEqual({ generation: 3, generationMax: 4, width: 4, widthMax: 16 });
  });

  it('does not count the bridge inside the card', () => {
    const hops = [
      hop('0x1002', '2.5', '1'),
      hop('0x1002', '2.5', '1'),
      hop('0x1002', '16.0', '16'),
      hop('0x8086', '16.0', '16'),
    ];
    expect(linkOfHops(hops)).toMatchObject({ generation: 4, width: 16 });
  });

  it('is unknown where nothing tells, or nothing that makes sense', () => {
    const nothing = { generation: null, generationMax: null, width: null, widthMax: null };
    expect(linkOfHops([])).toEqual(nothing);
    const odd = { vendor: '0x1002', speed: 'Unknown', width: '255', maxSpeed: '9.9 GT/s', maxWidth: '0' };
    expect(linkOfHops([odd])).toEqual(nothing);
  });
});

describe('the tools of AMD', () => {
  it('tell of cards in strings, by rocm-smi', () => {
    expect(parseRocmSmi(fixture('rocm-smi.json'))).toEqual([
      {
        address: '0000:03:00.0',
        name: 'Radeon RX 7900 XT',
        totalBytes: 21_458_059_264,
        usedBytes: 27_856_896,
        gfx: 'gfx1100',
      },
      { address: '0000:0c:00.0', name: '0x13c0', totalBytes: 67_108_864, usedBytes: null, gfx: 'gfx1036' },
    ]);
  });

  it('tell of cards with units, by amd-smi', () => {
    const cards = parseAmdSmi(fixture('amd-smi-static.json'), fixture('amd-smi-metric.json'));
    expect(cards).toEqual([
      {
        address: '0000:c1:00.0',
        name: 'AMD Instinct MI210',
        totalBytes: 65_520 * 2 ** 20,
        usedBytes: 12 * 2 ** 20,
        gfx: 'gfx90a',
      },
      { address: null, name: null, totalBytes: null, usedBytes: null, gfx: null },
    ]);
    const gpus = cards.map((one) => gpuOfAmdTool(one, 'amd-smi', AT));
    expect(gpus.map((gpu) => gpu.vram_free_mib.value)).toEqual([65_508, null]);
    expect(gpus.flatMap(unexplainedIn)).toEqual([]);
  });

  it('took a list before ROCm 7, and may say nothing of use', () => {
    const list = JSON.stringify(
      (JSON.parse(fixture('amd-smi-static.json')) as { gpu_data: unknown }).gpu_data,
    );
    expect(parseAmdSmi(list, '')[0]).toMatchObject({ name: 'AMD Instinct MI210', usedBytes: null });
    for (const text of ['', 'ERROR: no GPU', '[]', '{}', 'null', '[[1]]', '{"card0":3}']) {
      expect(parseRocmSmi(text)).toEqual([]);
      expect(parseAmdSmi(text, text)).toEqual([]);
    }
  });
});

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

function placed(vendor: string, address: string): GpuReading {
  const source = { method: 'test', at: AT };
  return otherGpu({ vendor: known(vendor, source), pci_bus_id: known(address, source) }, 'test');
}

describe('the GPUs of several makers', () => {
  const nvidia = {
    reading: known([placed('nvidia', '0000:05:00.0')], { method: 'nvidia-smi', at: AT }),
    findings: [
      {
        severity: 'warning' as const,
        code: 'pcie-narrow',
        path: '/hardware/gpus/0/pcie_width',
        message: 'm',
        remedy: null,
      },
      {
        severity: 'info' as const,
        code: 'gpu-not-measured',
        path: '/hardware/gpus',
        message: 'AMD (PCI vendor 0x1002)',
        remedy: null,
      },
      {
        severity: 'info' as const,
        code: 'gpu-not-measured',
        path: '/hardware/gpus',
        message: 'Intel (PCI vendor 0x8086)',
        remedy: null,
      },
    ],
  };
  const amd = {
    gpus: [placed('amd', '0000:03:00.0'), placed('amd', '0000:0c:00.0')],
    findings: [
      {
        severity: 'info' as const,
        code: 'resizable-bar-off',
        path: '/hardware/gpus/1/vram_total_mib',
        message: 'm',
        remedy: null,
      },
    ],
  };

  it('stand in one list in PCI order, with the findings about each', () => {
    const { reading, findings } = mergeGpus(nvidia, [amd], AT);
    expect(reading.value!.map(({ index, vendor }) => `${index} ${vendor.value}`)).toEqual([
      '0 amd',
      '1 nvidia',
      '2 amd',
    ]);
    expect(findings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'pcie-narrow /hardware/gpus/1/pcie_width',
      'gpu-not-measured /hardware/gpus',
      'resizable-bar-off /hardware/gpus/2/vram_total_mib',
    ]);
    expect(findings[1]!.message).toContain('Intel');
  });

  it('are left as they are where there is none of another maker', () => {
    expect(mergeGpus(nvidia, [{ gpus: [], findings: [] }], AT)).toBe(nvidia);
    const none = { reading: missing('no-driver: gone'), findings: [] };
    expect(mergeGpus(none, [], AT).reading.value).toBeNull();
  });

  it('are known where NVIDIA’s could not be looked for, with why', () => {
    const { reading } = mergeGpus({ reading: missing('timeout: hangs'), findings: [] }, [amd], AT);
    expect(reading).toMatchObject({
      value: [{ index: 0 }, { index: 1 }],
      provenance: { conditions: { nvidia: 'timeout: hangs' } },
    });
  });
});

/** A generator that gives the same numbers in every run (Lehmer, MINSTD). */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

/** The text with a few characters replaced, cut out or repeated. */
function mutate(text: string, random: Generator<number>): string {
  const next = (most: number) => Math.floor((random.next().value as number) * most);
  let mutated = text;
  for (let edits = 1 + next(4); edits > 0; edits -= 1) {
    const at = next(mutated.length);
    const length = next(12);
    const inserted = [
      '',
      '"',
      '{',
      ']',
      '-',
      '\u0000',
      '9'.repeat(20),
      'N/A',
      'null',
      mutated.slice(at, at + length),
    ][next(10)]!;
    mutated = mutated.slice(0, at) + inserted + mutated.slice(at + next(2) * length);
  }
  return mutated;
}

describe('damaged output', () => {
  const facts: AppleFacts = { appleSilicon: true, wiredLimit: '0', availableBytes: null };
  const readers: readonly (readonly [string, (text: string) => readonly GpuReading[]])[] = [
    ['rocm-smi.json', (text) => parseRocmSmi(text).map((one) => gpuOfAmdTool(one, 'rocm-smi', AT))],
    ['amd-smi-static.json', (text) => parseAmdSmi(text, text).map((one) => gpuOfAmdTool(one, 'amd-smi', AT))],
    ['apple-m3-pro.json', (text) => gpusOfApple(text, facts, AT)],
    ['apple-intel.json', (text) => gpusOfApple(text, { ...facts, appleSilicon: false }, AT)],
  ];

  it.each(readers)('of %s crashes nothing and gives no number that is not in it', (name, read) => {
    const random = numbers(20_261_121);
    for (let round = 0; round < 100; round += 1) {
      const text = mutate(fixture(name), random);
      for (const gpu of read(text)) {
        expect(unexplainedIn(gpu)).toEqual([]);
        const total = gpu.vram_total_mib.value;
        if (total === null) continue;
        const inBytes = String(Math.round(total * 2 ** 20));
        const spellings = [inBytes, String(total), String(total / 1024)];
        expect(
          spellings.some((spelling) => text.includes(spelling)),
          `${total} MiB of ${text}`,
        ).toBe(true);
      }
    }
  });

  it('of sysfs crashes nothing either', () => {
    const random = numbers(7);
    for (let round = 0; round < 100; round += 1) {
      const damaged = {
        ...card,
        vramTotal: mutate(card.vramTotal!, random),
        vramUsed: mutate(card.vramUsed!, random),
        kfdProperties: mutate(card.kfdProperties!, random),
        hops: card.hops.map((one) => ({
          vendor: one.vendor,
          speed: mutate(one.speed!, random),
          width: mutate(one.width!, random),
          maxSpeed: one.maxSpeed,
          maxWidth: one.maxWidth,
        })),
      };
      const gpu = gpuOfAmdCard(damaged, AT);
      expect(unexplainedIn(gpu)).toEqual([]);
      expect(gpu.vram_total_mib.value ?? 1).toBeGreaterThan(0);
      expect([1, 2, 3, 4, 5, 6, null]).toContain(gpu.pcie_gen.value);
      kfdAddress(damaged.kfdProperties);
    }
  });
});
