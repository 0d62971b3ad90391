import { describe, expect, it } from 'vitest';
import { catalogEntries, catalogModel } from '../../../src/core/catalog/models';
import { catalogEntrySchema } from '../../../src/core/catalog/schema';
import { modelSchema } from '../../../src/core/model/schema';
import { MIB } from '../../../src/core/units';
import { headerNames, readJson } from '../../support/truth-models';

const entries = catalogEntries();
const names = entries.map(({ name }) => name);

/** Parameters as the publishers' safetensors files count them. */
const published: Readonly<Record<string, number>> = {
  'llama-3.2-1b': 1_235_814_400,
  'llama-3.1-8b': 8_030_261_248,
  'llama-3.3-70b': 70_553_706_496,
  'mistral-7b-v0.3': 7_248_023_552,
  'mixtral-8x7b': 46_702_792_704,
  'qwen2.5-7b': 7_615_616_512,
  'qwen3-8b': 8_190_735_360,
  'qwen3-30b-a3b': 30_532_122_624,
  'gemma-2-9b': 9_241_705_984,
  'phi-4': 14_659_507_200,
  'olmoe-1b-7b': 6_919_161_856,
  'deepseek-v2-lite': 15_706_484_224,
};

interface SizeRow {
  readonly model: string;
  readonly quant: string;
  readonly size_mib: number;
}

describe('the catalog', () => {
  it('knows at least 28 models under names of their own', () => {
    expect(entries.length).toBeGreaterThanOrEqual(28);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+([.-][a-z0-9]+)*$/);
  });

  it('has models of every kind that shapes memory', () => {
    const kinds = new Set(entries.flatMap((entry) => entry.kinds));
    expect([...kinds].sort()).toEqual(['dense', 'hybrid', 'latent', 'mixture', 'sliding']);
  });

  it.each(entries)('$name fits its schema and says where it is from and when that was read', (entry) => {
    expect(catalogEntrySchema.safeParse(entry).error).toBeUndefined();
    expect(entry.source.url).toMatch(
      /^https:\/\/huggingface\.co\/[\w.-]+\/[\w.-]+\/blob\/main\/config\.json$/,
    );
    expect(entry.released).toMatch(/^20\d\d-\d\d$/);
    expect(entry.source.read_at).toBe('2026-11-21');
  });

  it.each(entries)('$name makes a Model with every figure that planning needs', (entry) => {
    const model = catalogModel(entry.name, null)!;
    expect(modelSchema.safeParse(model).error).toBeUndefined();
    expect(model.layers).toHaveLength(model.block_count!);
    expect(model.parameters.total).toBe(entry.parameters.total);
    expect(model.parameters.active).toBeGreaterThan(0);
    expect(model.source).toEqual({ kind: 'catalog', locator: entry.name, tensors: 'derived' });
  });

  it.each(Object.entries(published))('%s has as many parameters as its publisher counts', (name, count) => {
    const { total } = entries.find((entry) => entry.name === name)!.parameters;
    // scaled rope adds up to 64 factors that the publisher does not keep as parameters
    expect(total! - count).toBeGreaterThanOrEqual(0);
    expect(total! - count).toBeLessThanOrEqual(64);
  });

  it('takes the context of a family where a config names none', () => {
    expect(entries.find(({ name }) => name === 'gemma-3-4b')?.context_trained).toBe(131_072);
  });

  it('knows the models whose headers were captured, by the same names', () => {
    expect(headerNames.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('says of a model whose config could not be compared that it is recalled, unverified', () => {
    const unverified = entries.filter((entry) => !entry.source.verified);
    expect(unverified.length).toBeLessThan(entries.length / 5);
    for (const { name } of unverified) {
      expect(
        catalogModel(name, null)!
          .findings.map(({ message }) => message)
          .join(),
      ).toContain('recalled, unverified');
    }
  });

  it('finds a name in any case, and the name of its repository', () => {
    expect(catalogModel('Llama-3.1-8B', null)?.name).toBe('Llama 3.1 8B');
    expect(catalogModel('Qwen/Qwen3-30B-A3B', null)?.source.locator).toBe('qwen3-30b-a3b');
    expect(catalogModel('qwen3-30b', null)?.source.locator).toBe('qwen3-30b-a3b');
    expect(catalogModel('qwen3-31b', null)).toBeNull();
  });

  it('takes Q4_K_M where no quantisation is asked for, and what a model is published in where it is', () => {
    expect(catalogModel('qwen3-8b', null)?.quant).toBe('Q4_K_M');
    expect(catalogModel('gpt-oss-20b', null)?.quant).toBe('MXFP4_MOE');
    expect(catalogModel('qwen3-8b', 'q8_0')?.quant).toBe('Q8_0');
  });

  it.each(headerNames)('sizes %s within 0.01 %% of llama-quantize in all 32 quantisations', (name) => {
    const rows = (readJson('truth/quant-sizes.json') as readonly SizeRow[]).filter(
      (row) => row.model === name,
    );
    const wrong = rows
      .map((row) => {
        const bytes = catalogModel(name, row.quant)!.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
        return { quant: row.quant, off: Math.abs(bytes / MIB / row.size_mib - 1) };
      })
      .filter(({ off }) => off > 1e-4);
    expect(rows).toHaveLength(32);
    expect(wrong).toEqual([]);
  });
});
