import { describe, expect, it } from 'vitest';
import { didYouMean, findNamed } from '../../../src/core/catalog/find-named';
import { catalogGpus, findGpu } from '../../../src/core/catalog/gpus/gpus';
import { catalogModel, modelNamesNear } from '../../../src/core/catalog/models';

const cards = catalogGpus();

describe('a card that is named in words', () => {
  it.each([
    ['RTX 4090', 'rtx-4090'],
    ['4090', 'rtx-4090'],
    ['rtx4090', 'rtx-4090'],
    ['NVIDIA GeForce RTX 4090', 'rtx-4090'],
    ['RTX 4070', 'rtx-4070'],
    ['3090', 'rtx-3090'],
    ['M4', 'apple-m4'],
    ['4070 Ti Super', 'rtx-4070-ti-super'],
    ['RTX 4060 Ti', 'rtx-4060-ti-16gb'],
    ['AMD Radeon RX 7900 XTX', 'rx-7900-xtx'],
    ['Tesla T4', 't4'],
    ['NVIDIA A100-SXM4-80GB', 'a100-sxm-80gb'],
    ['H100 SXM', 'h100-sxm'],
    ['H100 SXM5 80 GB', 'h100-sxm'],
    ['MI300X', 'mi300x'],
    ['M4 Pro', 'apple-m4-pro'],
  ])('%s is %s', (words, id) => {
    expect(findGpu(words, cards)).toMatchObject({ kind: 'found', entry: { id } });
  });

  it.each([
    ['H100', ['h100-pcie', 'h100-nvl', 'h100-sxm']],
    ['RTX 3080', ['rtx-3080-10gb', 'rtx-3080-ti']],
  ])('%s may be any of %j, and none is chosen', (words, near) => {
    expect(findGpu(words, cards)).toEqual({ kind: 'unclear', near });
  });

  it.each(['', '   ', '-', 'voodoo', 'RTX 4060 Ti 8 GB', '\u0000', 'x'.repeat(10_000)])(
    '%j is none',
    (words) => {
      expect(findGpu(words, cards).kind).toBe('unclear');
    },
  );

  it('comes near where letters are wrong', () => {
    const found = findGpu('RTX 409O', cards);
    expect(found.kind === 'unclear' && found.near).toContain('rtx-4090');
  });
});

describe('a model that is named in words', () => {
  it.each([
    ['Qwen3 30B A3B', 'qwen3-30b-a3b'],
    ['qwen3 8b', 'qwen3-8b'],
    ['gpt oss 20b', 'gpt-oss-20b'],
  ])('%s is %s', (words, name) => {
    expect(catalogModel(words, null)?.source.locator).toBe(name);
  });

  it.each(['llama 3 70b', 'command-r+', 'some/qwen3-8b', './qwen3-8b', 'qwen3-8b.gguf', 'qwen'])(
    '%s is none',
    (words) => {
      expect(catalogModel(words, null)).toBeNull();
    },
  );

  it('comes near where several have its words', () => {
    expect(modelNamesNear('qwen').length).toBeGreaterThan(1);
    expect(modelNamesNear('lama-3.1-8b')[0]).toBe('llama-3.1-8b');
  });
});

describe('a name', () => {
  it('that is written out counts before one whose words it has', () => {
    const entries = [{ name: 'a-b' }, { name: 'a' }, { name: 'A B C' }, { name: 'B D' }];
    const named = (wanted: string) => findNamed(wanted, entries, ({ name }) => [name]);
    expect(named('A')).toEqual({ kind: 'found', entry: entries[1] });
    expect(named('a b')).toEqual({ kind: 'found', entry: entries[0] });
    expect(named('c')).toEqual({ kind: 'found', entry: entries[2] });
    expect(named('b')).toEqual({ kind: 'unclear', near: ['a-b', 'A B C', 'B D'] });
  });

  it('is offered in a sentence', () => {
    expect(didYouMean([])).toBe('');
    expect(didYouMean(['a'])).toBe(' Did you mean a?');
    expect(didYouMean(['a', 'b', 'c'])).toBe(' Did you mean a, b or c?');
  });
});
