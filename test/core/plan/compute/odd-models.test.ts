import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../../src/core/catalog/models';
import { modelFromConfig } from '../../../../src/core/model/config/model-from-config';
import type { Model } from '../../../../src/core/model/schema';
import { computeBytes, drawnWhole } from '../../../../src/core/plan/compute/compute-bytes';
import { modelOfLabel } from '../memory-rows';
import { modelNamed } from '../truth-rows';
import { Random, randomSettings, shown } from './random-settings';

const PER_MODEL = Number(process.env.PLIMSOLL_TEMPLATE_CASES ?? 8);

function configured(name: string): Model {
  const path = new URL(`../../../fixtures/configs/${name}.json`, import.meta.url);
  const config: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return modelFromConfig(config, { name, locator: name, quant: 'Q4_K_M' });
}

/** A model with its blocks over and over, or fewer of them. */
function withBlocks(model: Model, blocks: number): Model {
  const own = model.block_count!;
  const tensors = model.tensors.flatMap((tensor) =>
    tensor.layer === null
      ? [tensor]
      : Array.from({ length: Math.ceil((blocks - tensor.layer) / own) }, (_, turn) => {
          const layer = tensor.layer! + turn * own;
          return { ...tensor, layer, name: tensor.name.replace(/^blk\.\d+/u, `blk.${layer}`) };
        }),
  );
  const layers = Array.from({ length: blocks }, (_, layer) => model.layers![layer % own]!);
  return { ...model, tensors, layers, block_count: blocks };
}

function expectSame(model: Model, cases: number, seed: number): void {
  const random = new Random(seed);
  for (let index = 0; index < cases; index++) {
    const settings = randomSettings(model, random);
    expect(computeBytes(model, settings)?.bytes, shown(settings)).toEqual(drawnWhole(model, settings));
  }
}

describe('compute buffers by repetition, of models of odd shapes', () => {
  it.each([
    'gemma-3n-e4b',
    'kimi-linear-48b-a3b',
    'llama-4-scout',
    'mamba2-780m',
    'nemotron-h-56b',
    'qwen3.5-35b-a3b',
  ])('are for %s the same bytes as with every block drawn', (name) => {
    expectSame(configured(name), PER_MODEL, 5);
  });

  it.each(['falcon-h1-7b', 'glm-4.7-flash', 'olmoe-1b-7b', 'nemotron-nano-9b-v2'])(
    'are for %s the same bytes as with every block drawn',
    (name) => {
      expectSame(catalogModel(name, null)!, PER_MODEL, 6);
    },
  );

  it.each([1, 2, 3])('are the same with %i blocks', (blocks) => {
    for (const name of ['llama-3.1-8b', 'qwen3-30b-a3b', 'gpt-oss-20b', 'lfm2-8b-a1b'])
      expectSame(withBlocks(modelNamed(name), blocks), PER_MODEL, blocks);
  });

  it('are the same with 2,000 blocks', () => {
    expectSame(withBlocks(modelNamed('llama-3.1-8b'), 2000), 1, 2);
  });

  it.each(['kimi-k3-moe-real14', 'minimax-m3-moe-real12', 'nanbeige-dense-loop2'])(
    'are for %s, which is drawn whole, the same bytes in one placement after the other',
    (name) => {
      const model = modelOfLabel(`wide drawn-${name}`);
      const random = new Random(9);
      const first = { ...randomSettings(model, random), sequences: 4, overrides: [] };
      for (let index = 0; index < PER_MODEL; index++) {
        const { devices, gpuLayers, cpuMoeLayers, offloadCache } = randomSettings(model, random);
        const settings = { ...first, devices, gpuLayers, cpuMoeLayers, offloadCache };
        expect(computeBytes(model, settings)?.bytes, shown(settings)).toEqual(drawnWhole(model, settings));
      }
    },
  );
});
