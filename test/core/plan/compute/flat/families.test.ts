import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../../../src/core/catalog/models';
import { computeBytes, drawnWhole } from '../../../../../src/core/plan/compute/compute-bytes';
import { familyOf } from '../../../../../src/core/plan/compute/flat/families';
import type { Settings } from '../../../../../src/core/plan/settings';
import { Random, randomSettings, shown } from '../random-settings';

const names = ['llama-3.2-1b', 'qwen3-30b-a3b', 'gemma-3-4b', 'gpt-oss-20b', 'granite-4.0-h-tiny'];
const QUANTS = ['Q2_K', 'Q4_K_M', 'Q8_0', 'F16'];
const SETTINGS = Number(process.env.PLIMSOLL_FAMILY_CASES ?? 4);

/** Logits of 512 rows, which are worth a copy of the matrix that they are computed with. */
const outputOnHost: Partial<Settings> = {
  tool: 'llama-fit-params',
  context: 4096,
  sequences: 1,
  keyType: 'f16',
  valueType: 'f16',
  flashAttention: true,
  batch: 2048,
  microBatch: 512,
  device: true,
  devices: [{ name: 'gpu0', freeBytes: null }],
  tensorSplit: null,
  splitMode: 'layer',
  mainDevice: 0,
  gpuLayers: 0,
  cpuMoeLayers: 0,
  overrides: [],
  offloadCache: true,
  offloadOperations: true,
};

describe('quantisations of one model', () => {
  it.each(names)('of %s get from each other what is the same, and have their own bytes', (name) => {
    const random = new Random(names.indexOf(name) + 1);
    for (let index = 0; index < SETTINGS; index++) {
      const settings = randomSettings(catalogModel(name, QUANTS[0]!)!, random);
      for (const quant of QUANTS) {
        const model = catalogModel(name, quant)!;
        expect(computeBytes(model, settings)?.bytes, `${quant} ${shown(settings)}`).toEqual(
          drawnWhole(model, settings),
        );
      }
    }
  });

  it.each(names)(
    'of %s differ by the copy of their output matrix, where the device takes it over',
    (name) => {
      const settings = { ...randomSettings(catalogModel(name, QUANTS[0]!)!, new Random(1)), ...outputOnHost };
      for (const quant of QUANTS) {
        const model = catalogModel(name, quant)!;
        expect(computeBytes(model, settings)?.bytes, quant).toEqual(drawnWhole(model, settings));
      }
    },
  );

  it('are of one family, and another model of another', () => {
    const [first, second, other] = [
      familyOf(catalogModel('llama-3.2-1b', 'Q4_K_M')!),
      familyOf(catalogModel('llama-3.2-1b', 'Q8_0')!),
      familyOf(catalogModel('gemma-3-4b', 'Q8_0')!),
    ];
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });
});
