import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/core/model/config/config-error';
import { modelFromConfig } from '../../../../src/core/model/config/model-from-config';
import type { Model } from '../../../../src/core/model/schema';
import { readJson } from '../../../support/truth-models';

const options = { name: 'a model', locator: 'config.json', quant: 'Q4_K_M' };
const llama = readJson('configs/llama-3.1-8b.json') as Record<string, unknown>;
const published = [
  'llama-3.1-8b',
  'qwen3.5-35b-a3b',
  'gemma-4-26b-a4b',
  'kimi-k2',
  'nemotron-3-super-120b-a12b',
].map((name) => readJson(`configs/${name}.json`) as Record<string, unknown>);

function read(config: unknown): Model {
  return modelFromConfig(config, options);
}

/** The numbers anywhere in a value. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part) => numbersIn(part));
}

describe('what is no config of a model', () => {
  it.each([
    ['a list', []],
    ['a text', 'llama'],
    ['a number', 7],
    ['nothing', null],
  ])('is refused: %s', (_what, value) => {
    expect(() => read(value)).toThrow(ConfigError);
  });

  it.each([
    ['an empty object', {}],
    ["a tokenizer's config", { tokenizer_class: 'LlamaTokenizer', add_bos_token: true }],
  ])('is refused for naming no architecture: %s', (_what, value) => {
    expect(() => read(value)).toThrow('names neither architectures nor model_type');
  });
});

describe('blocks that predict ahead', () => {
  it('are as many as llama.cpp can hold at most', () => {
    const config = readJson('configs/qwen3.5-35b-a3b.json') as { text_config: Record<string, unknown> };
    const text = { ...config.text_config, mtp_num_hidden_layers: 65_535 };
    expect(() => read({ ...config, text_config: text })).toThrow('mtp_num_hidden_layers');
  });
});

describe('a config that contradicts itself or has impossible figures', () => {
  it.each([
    ['no layers', { num_hidden_layers: 0 }, 'num_hidden_layers'],
    ['2000 layers', { num_hidden_layers: 2000 }, 'num_hidden_layers'],
    ['half a layer', { num_hidden_layers: 1.5 }, 'num_hidden_layers'],
    ['a negative width', { hidden_size: -4096 }, 'hidden_size'],
    ['a width as text', { hidden_size: '4096' }, 'hidden_size'],
    ['a width of 1e300', { hidden_size: 1e300 }, 'hidden_size'],
    ['no width', { hidden_size: null }, 'hidden_size'],
    ['no vocabulary', { vocab_size: null }, 'vocab_size'],
    ['a vocabulary of lists', { vocab_size: [1] }, 'vocab_size'],
    ['layers as an object', { num_hidden_layers: {} }, 'num_hidden_layers'],
    ['an endless context', { max_position_embeddings: 1e18 }, 'max_position_embeddings'],
    ['tied embeddings that are a number', { tie_word_embeddings: 1 }, 'tie_word_embeddings'],
    ['no heads', { num_attention_heads: 0 }, 'num_attention_heads'],
    ['architectures that are no list', { architectures: 'LlamaForCausalLM' }, 'architectures'],
  ])('is refused with the field at fault: %s', (_what, change, field) => {
    try {
      read({ ...llama, ...change });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).field).toBe(field);
      expect((error as ConfigError).message).toContain(field);
    }
  });

  it('is refused where the heads do not divide the width', () => {
    expect(() => read({ ...llama, num_attention_heads: 30 })).toThrow('4096 is not a multiple of 30');
  });

  it('is refused where layer_types has another length than the model', () => {
    const gptOss = readJson('configs/gpt-oss-20b.json') as Record<string, unknown>;
    const qwen = readJson('configs/qwen3.5-35b-a3b.json') as { text_config: Record<string, unknown> };
    expect(() => read({ ...qwen, text_config: { ...qwen.text_config, num_hidden_layers: 39 } })).toThrow(
      'layer_types',
    );
    expect(read(gptOss).block_count).toBe(24);
  });

  it('is refused where a layer is of a kind that is not known', () => {
    const nemotron = readJson('configs/nemotron-h-56b.json') as Record<string, unknown>;
    expect(() => read({ ...nemotron, hybrid_override_pattern: 'M-X*' })).toThrow('"X"');
  });

  it('never gives a number that is not one, whatever a field is changed to', () => {
    const broken = fc.oneof(
      fc.constantFrom(
        null,
        0,
        -1,
        1.5,
        1e308,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '32',
        true,
        [],
        {},
        [0],
        2 ** 53,
      ),
      fc.integer({ min: -5, max: 5000 }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...published), fc.nat(), broken, (config, pick, value) => {
        const nested = config['text_config'] as Record<string, unknown> | undefined;
        const fields = Object.keys(nested ?? config);
        const change = { [fields[pick % fields.length]!]: value };
        const changed = nested
          ? { ...config, text_config: { ...nested, ...change } }
          : { ...config, ...change };
        try {
          expect(numbersIn(read(changed)).every((number) => Number.isFinite(number))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 400 },
    );
  });
});
