import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Metadata } from '../../../src/core/model/assemble-model';
import { layerMemory } from '../../../src/core/model/layer-memory';
import { fieldsOf } from '../../../src/core/model/metadata-fields';
import type { LayerMemory } from '../../../src/core/model/schema';
import { MIB, padTo } from '../../../src/core/units';

interface TinyModel {
  readonly model: string;
  readonly architecture: string;
  readonly keys: Metadata;
  readonly context_mib: Readonly<Record<string, number>>;
}

const fixture = new URL('../../fixtures/architectures/context-v0.5.0.json', import.meta.url);
const models = JSON.parse(readFileSync(fixture, 'utf8')) as readonly TinyModel[];
/** What the table has of it does not say how its keys are compressed (test/core/plan/memory-rows.test.ts has rows of it). */
const undescribed = new Set(['deepseek4']);

function layersOf({ architecture, keys }: TinyModel): readonly LayerMemory[] | null {
  const own = Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value] as const);
  const memory = layerMemory(architecture, fieldsOf(Object.fromEntries(own), architecture));
  return 'kind' in memory ? null : memory;
}

function argument(args: string, flag: string, fallback: number): number {
  const words = args.split(' ');
  const at = words.indexOf(flag);
  return at < 0 ? fallback : Number(words[at + 1]);
}

function contextMib(layers: readonly LayerMemory[], args: string): number {
  const sequences = argument(args, '-np', 1);
  const cells = padTo(argument(args, '-c', 4096) / sequences, 256);
  let bytes = 0;
  for (const { cache, state } of layers) {
    if (state) bytes += 4 * (state.r_elements + state.s_elements + (state.p_elements ?? 0)) * sequences;
    if (!cache) continue;
    const isWhole = cache.window === null || args.includes('--swa-full');
    const kept = isWhole ? cells : padTo(Math.min(cells, cache.window! + argument(args, '-ub', 512)), 256);
    bytes += 2 * (cache.key_elements + cache.value_elements) * kept * sequences;
  }
  return Math.floor(bytes / MIB);
}

describe('the memory of layers, held against llama.cpp for tiny models of its architectures', () => {
  const described = models.filter(({ architecture }) => !undescribed.has(architecture));

  it.each(described)('$model', (tiny) => {
    const layers = layersOf(tiny)!;
    const ours = Object.keys(tiny.context_mib).map((args) => [args, contextMib(layers, args)]);
    expect(Object.fromEntries(ours)).toEqual(tiny.context_mib);
  });

  it.each(models.filter(({ architecture }) => undescribed.has(architecture)))(
    '$model is left unknown',
    (tiny) => {
      expect(layersOf(tiny)).toBeNull();
    },
  );
});

const without = (key: string): Metadata => ({ [key]: 'not said' });

describe('the n-grams of Qwen 4', () => {
  const { architecture, keys } = models.find((tiny) => tiny.architecture === 'qwen4exp')!;
  const memoryWith = (changed: Metadata) => {
    const own = Object.entries({ ...keys, ...changed }).map(([key, value]) => [
      `${architecture}.${key}`,
      value,
    ]);
    return layerMemory(architecture, fieldsOf(Object.fromEntries(own) as Metadata, architecture));
  };
  it('are kept beside the state of the block that the file names, and nowhere where it names none', () => {
    const told = memoryWith({ 'ple.layers': [0], 'ple.conv_kernel': 4, 'ple.ngram_size': 3 });
    if ('kind' in told) throw new Error(told.kind);
    const [streams, width] = [Number(keys['hyper_connection.count']), Number(keys['embedding_length'])];
    expect(told.map(({ state }) => state?.p_elements ?? 0)).toEqual(
      told.map((_, layer) => (layer === 0 ? 3 * 3 * streams * width : 0)),
    );
    const none = memoryWith(without('ple.layers'));
    expect('kind' in none || none.every(({ state }) => state?.p_elements === undefined)).toBe(true);
  });

  it.each(['ple.conv_kernel', 'ple.ngram_size', 'hyper_connection.count'])(
    'are not known where the file does not say %s',
    (key) => {
      const told = { 'ple.layers': [0], 'ple.conv_kernel': 4, 'ple.ngram_size': 3, ...without(key) };
      expect(memoryWith(told)).toEqual({ kind: 'missing-key', key });
    },
  );
});
