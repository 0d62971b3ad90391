import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../src/core/catalog/models';
import { modelFromConfig } from '../../../src/core/model/config/model-from-config';
import type { Model } from '../../../src/core/model/schema';
import { planRequestSchema } from '../../../src/core/plan/request-schema';
import type { KvType } from '../../../src/core/plan/schema';
import { type Settings, settingsOf } from '../../../src/core/plan/settings';
import { startProblem } from '../../../src/core/plan/starts';
import { modelNamed } from './truth-rows';

interface Table {
  readonly arguments: readonly string[];
  readonly models: readonly {
    readonly name: string;
    readonly from: 'header' | 'catalog';
    readonly outcomes: Readonly<Record<string, readonly number[]>>;
  }[];
}

const kimiConfig: unknown = JSON.parse(
  readFileSync('test/fixtures/configs/kimi-linear-48b-a3b.json', 'utf8'),
);
const kimi = modelFromConfig(kimiConfig, { name: 'kimi', locator: 'config.json', quant: 'Q4_K_M' });
const table = JSON.parse(readFileSync('test/fixtures/starts/starts-v0.5.0.json', 'utf8')) as Table;

/** The arguments as settings of llama-fit-params, which warms nothing up. */
function settingsFor(model: Model, line: string): Settings {
  const words = line.split(' ');
  const after = (flag: string): string => words[words.indexOf(flag) + 1]!;
  const auto = after('-fa') === 'auto';
  const plain = settingsOf(model, planRequestSchema.parse({}), {
    devices: [],
    gpuLayers: 0,
    cpuMoeLayers: 0,
  });
  return {
    ...plain,
    tool: 'llama-fit-params',
    context: Number(after('-c')),
    sequences: Number(after('-np')),
    unified: words.includes('-kvu'),
    keyType: after('-ctk') as KvType,
    valueType: after('-ctv') as KvType,
    flashAttention: after('-fa') !== 'off',
    flashAttentionAuto: auto,
    batch: Number(after('-b')),
    microBatch: Number(after('-ub')),
    fullWindow: words.includes('--swa-full'),
  };
}

describe('what llama.cpp would not start with', () => {
  it.each(table.models)('is refused, and nothing else, of $name', ({ name, from, outcomes }) => {
    const model = from === 'header' ? modelNamed(name) : catalogModel(name, 'Q4_K_M')!;
    for (const [outcome, positions] of Object.entries(outcomes)) {
      for (const position of positions) {
        const line = table.arguments[position]!;
        const found = startProblem(model, settingsFor(model, line))?.rule ?? 'starts';
        expect({ line, found }).toEqual({ line, found: outcome });
      }
    }
  });

  it('names the argument to change', () => {
    const settings = settingsFor(modelNamed('phi-4'), table.arguments[0]!);
    const four = {
      ...settings,
      context: 4096,
      batch: 2048,
      sequences: 4,
      keyType: 'q8_0',
      valueType: 'q8_0',
    };
    const problem = startProblem(modelNamed('phi-4'), { ...four, flashAttention: true } as Settings);
    expect(problem?.rule).toBe('graph-too-large');
    expect(problem?.message).toContain('choose -ctk f16 -ctv f16, or -np 1');
  });

  it('is several caches of T5, whose distances are told in one', () => {
    const model = { ...modelNamed('phi-4'), architecture: 't5' };
    const settings = { ...settingsFor(model, table.arguments[0]!), sequences: 2 };
    expect(startProblem(model, { ...settings, unified: false })?.rule).toBe('distances-in-one-cache');
    expect(startProblem(model, { ...settings, unified: true })?.rule).not.toBe('distances-in-one-cache');
  });

  it.each([
    [3, 512, 'unequal-parts'],
    [5, 512, 'unequal-parts'],
    [8, 31, 'unequal-parts'],
    [2, 31, 'unequal-parts'],
    [8, 4, 'unequal-parts'],
    [8, 32, undefined],
    [4, 512, undefined],
    [3, 510, undefined],
    [1, 31, undefined],
  ])(
    'is a micro-batch of Kimi Linear for %d sequences that %d tokens do not divide into',
    (sequences, tokens, rule) => {
      const plain = settingsFor(kimi, table.arguments[0]!);
      const settings = {
        ...plain,
        context: 2048,
        batch: 2048,
        sequences,
        microBatch: tokens,
        unified: false,
      };
      expect(startProblem(kimi, settings)?.rule).toBe(rule);
      expect(startProblem({ ...kimi, architecture: 'minimax-01' }, settings)?.rule).toBe(rule);
      expect(startProblem({ ...kimi, architecture: 'kimi-k3' }, settings)).toBeNull();
      expect(startProblem(kimi, { ...settings, unified: true })).toBeNull();
      const layers = kimi.layers!.map((layer, at) =>
        at < kimi.block_count! - 1 ? Object.assign({}, layer, { cache: null }) : layer,
      );
      expect(startProblem({ ...kimi, layers }, settings)).toBeNull();
    },
  );

  it('is a quantised cache of keys whose heads hold no whole blocks, fused or not', () => {
    const llama = modelNamed('llama-3.1-8b');
    const odd = { ...llama, attention: { ...llama.attention, key_length: 80, value_length: 80 } };
    const settings = {
      ...settingsFor(llama, table.arguments[0]!),
      keyType: 'q8_0',
      valueType: 'f16',
    } as Settings;
    expect(startProblem(odd, { ...settings, flashAttention: true })?.rule).toBe('cache-in-blocks');
    const plain = startProblem(odd, { ...settings, flashAttention: false });
    expect(plain?.message).toContain('without flash attention llama.cpp ends or answers rubbish');
    expect(startProblem(odd, { ...settings, flashAttention: false, keyType: 'f16' })).toBeNull();
    expect(startProblem(llama, { ...settings, flashAttention: false })).toBeNull();
  });

  it('counts what llama-server warms up with', () => {
    const model = modelNamed('llama-3.1-8b');
    const settings = { ...settingsFor(model, table.arguments[0]!), context: 1, sequences: 1, batch: 2048 };
    expect(startProblem(model, settings)).toBeNull();
    expect(startProblem(model, { ...settings, tool: 'llama-server' })?.rule).toBe('warm-up');
  });
});
