import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/core/model/schema';
import { budgetsOf } from '../../../src/core/plan/budgets';
import { noCompanions } from '../../../src/core/plan/companions';
import { homeOfTensor, layerHomes } from '../../../src/core/plan/layer-homes';
import { indexOf } from '../../../src/core/plan/model-index';
import { namedTensors } from '../../../src/core/plan/named-tensors';
import { largestPart } from '../../../src/core/plan/search/largest-part';
import { asSettings, firstBlocks, lastBlocks } from '../../../src/core/plan/search/host-experts';
import { planRequestSchema } from '../../../src/core/plan/request-schema';
import { type Settings, settingsOf, type TensorOverride } from '../../../src/core/plan/settings';
import { decodeTerms } from '../../../src/core/plan/speed/decode-terms';
import { tokenReads } from '../../../src/core/plan/speed/token-reads';
import { weightBytes } from '../../../src/core/plan/weights';
import { Random } from '../../fuzz/random';
import { profileWith } from './profiles';
import { modelNamed } from './truth-rows';

const request = planRequestSchema.parse({});
const names = ['qwen3-30b-a3b', 'gpt-oss-20b', 'gemma-4-e4b', 'granite-4.0-h-tiny'];
const patterns = [
  'ffn_(up|down)_exps',
  String.raw`blk\.(1|2|7)\.ffn_gate`,
  'output',
  'attn_[qk]',
  'token_embd',
];

describe('tensors moved by name', () => {
  it.each(names)('weigh in %s what they weigh one by one', (name) => {
    const model = modelNamed(name);
    const random = new Random(5);
    for (let round = 0; round < 20; round++) {
      const settings = anySettings(random, model);
      expect(weightBytes(model, settings)).toEqual(oneByOne(model, settings));
    }
  });

  it.each(names)('leave what a token of %s reads as much as it is', (name) => {
    const model = modelNamed(name);
    const random = new Random(6);
    const { experts, others, output, firstLayer } = tokenReads(model)!;
    const whole = [experts.at(-1)!, others.at(-1)!, output, firstLayer].flat();
    const all = whole.reduce((sum, bytes) => sum + bytes, 0);
    for (let round = 0; round < 20; round++) {
      const terms = decodeTerms(model, anySettings(random, model), 0);
      if ('missing' in terms) throw new Error(terms.missing);
      const weights = terms.reads.filter(({ kind }) => kind === 'weights');
      expect(weights.every(({ bytes }) => bytes > 0)).toBe(true);
      const sum = weights.reduce((total, { bytes }) => total + bytes, 0);
      expect(Math.abs(sum - all)).toBeLessThan(20);
    }
  });

  it.each(['qwen3-30b-a3b', 'gpt-oss-20b'])(
    'are for a search of %s those that its patterns match',
    (name) => {
      const model = modelNamed(name);
      const random = new Random(8);
      const { layers } = indexOf(model);
      const profile = profileWith({ gpus: [{}, {}] });
      const budgets = budgetsOf(profile, request);
      const question = { model, profile, request, budgets, companions: noCompanions, calibration: null };
      for (let round = 0; round < 30; round++) {
        const layout = { devices: budgets.devices, starts: [0, random.below(layers), layers + 1], moved: 0 };
        let host = (random.chance(0.5) ? firstBlocks : lastBlocks)(model, 1 + random.below(layers));
        for (let part = 0; part < 4; part++) {
          const room = [random.below(4e8), random.below(4e8)];
          host = largestPart(question, layout, host, room)?.host ?? host;
        }
        const { overrides } = asSettings(model, host);
        // a model never seen before, of which nobody told what matches
        const unknown = { ...model };
        expect(sorted(namedTensors(model, overrides))).toEqual(sorted(namedTensors(unknown, [...overrides])));
      }
    },
  );
});

function anySettings(random: Random, model: Model): Settings {
  const { layers } = indexOf(model);
  const overrides: TensorOverride[] = Array.from({ length: 1 + random.below(2) }, () => ({
    pattern: new RegExp(random.pick(patterns), 'u'),
    home: random.pick(['host', 0, 1] as const),
  }));
  return settingsOf(model, request, {
    devices: [
      { name: 'gpu0', freeBytes: 8e9 },
      { name: 'gpu1', freeBytes: 6e9 },
    ],
    gpuLayers: random.below(layers + 2),
    cpuMoeLayers: random.chance(0.5) ? random.below(layers) : 0,
    overrides,
  });
}

function oneByOne(model: Model, settings: Settings): readonly number[] {
  const index = indexOf(model);
  const homes = layerHomes(index.layers, settings);
  const bytes = [0, 0, 0];
  const lists = [index.input, index.output, index.firstLayer, ...index.tensorsByLayer];
  for (const tensor of lists.flat()) bytes[homeOfTensor(tensor, index, homes, settings)]! += tensor.bytes;
  if (index.tied) {
    const matrix = index.outputMatrix!;
    const places = [false, true].map((asOutput) => homeOfTensor(matrix, index, homes, settings, asOutput));
    if (places[0] !== places[1]) bytes[places[1]!]! += matrix.bytes;
  }
  for (const tensor of index.everywhere) {
    const moved = settings.overrides.find(({ pattern }) => pattern.test(tensor.name))?.home;
    const places = moved === undefined ? new Set(homes.blocks) : [moved === 'host' ? homes.host : moved];
    for (const home of places) bytes[home]! += tensor.bytes;
  }
  return bytes;
}

function sorted({ blocks, outside }: ReturnType<typeof namedTensors>): unknown {
  const all = [...blocks].flatMap(([layer, moved]) =>
    moved.map(({ ordinal, home }) => `${layer} ${ordinal} ${home}`),
  );
  return [all.sort(), [...outside]];
}
