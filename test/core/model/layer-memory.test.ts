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
