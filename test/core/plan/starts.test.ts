import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../src/core/catalog/models';
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

  it('counts what llama-server warms up with', () => {
    const model = modelNamed('llama-3.1-8b');
    const settings = { ...settingsFor(model, table.arguments[0]!), context: 1, sequences: 1, batch: 2048 };
    expect(startProblem(model, settings)).toBeNull();
    expect(startProblem(model, { ...settings, tool: 'llama-server' })?.rule).toBe('warm-up');
  });
});
