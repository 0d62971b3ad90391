import { describe, expect, it } from 'vitest';
import { gpuOfAmdTool, parseAmdSmi, parseRocmSmi } from '../../../src/core/reading/rocm-smi';
import { AT, fixture, unexplainedIn } from './other-gpu-captures';

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
