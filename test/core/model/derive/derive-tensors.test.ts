import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../../src/core/catalog/models';
import { modelFromGguf } from '../../../../src/core/model/gguf/model-from-gguf';
import type { Model } from '../../../../src/core/model/schema';
import { headerNames, headerOf } from '../../../support/truth-models';

/** What the captured files are quantised to, where it is not Q4_K_M. */
const quants: Readonly<Record<string, string>> = {
  'deepseek-v2-lite': 'Q8_0',
  'gpt-oss-20b': 'MXFP4_MOE',
};

/**
 * Captured files whose types differ from what llama-quantize itself gives these models (truth/quant-sizes.json): values of 70B models and of
 * eight experts, and where an eighth of the layers is no whole number.
 */
const ownRecipe = new Set(['llama-3.3-70b', 'mixtral-8x7b', 'qwen2.5-7b']);

/** Models with scaled rope: the converter writes its factors as a tensor, the captured files leave it out. */
const withoutRopeFactors = new Set(['llama-3.1-8b', 'llama-3.3-70b']);

function derived(name: string): Model {
  return catalogModel(name, quants[name] ?? 'Q4_K_M')!;
}

function read(name: string): Model {
  return modelFromGguf(headerOf(name), name, `${name}.gguf`);
}

function tensorsOf(model: Model, name: string, field: 'dimensions' | 'type' | 'bytes'): Map<string, unknown> {
  const compared = model.tensors.filter(
    (tensor) => !(withoutRopeFactors.has(name) && tensor.name === 'rope_freqs.weight'),
  );
  return new Map(compared.map((tensor) => [tensor.name, tensor[field]]));
}

/** Layer and role of every tensor, by name. */
const places = (model: Model) =>
  new Map(
    model.tensors
      .filter((tensor) => tensor.name !== 'rope_freqs.weight')
      .map((tensor) => [tensor.name, `${tensor.layer} ${tensor.role}`]),
  );

/** What planning reads of a Model beside tensors and layers. */
const facts = (model: Model) => [
  model.architecture,
  model.block_count,
  model.embedding_length,
  model.vocabulary,
  model.feed_forward_length,
  model.context_trained,
  model.attention,
  model.experts?.count,
  model.experts?.used,
];

describe('tensors that follow from a config', () => {
  it.each(headerNames)('of %s have the names and dimensions of its GGUF file', (name) => {
    expect(tensorsOf(derived(name), name, 'dimensions')).toEqual(tensorsOf(read(name), name, 'dimensions'));
  });

  it.each(headerNames.filter((name) => !ownRecipe.has(name)))(
    'of %s have the types and bytes of its GGUF file',
    (name) => {
      expect(tensorsOf(derived(name), name, 'type')).toEqual(tensorsOf(read(name), name, 'type'));
      expect(tensorsOf(derived(name), name, 'bytes')).toEqual(tensorsOf(read(name), name, 'bytes'));
    },
  );

  it.each(headerNames)('of %s have the roles and layers that a file gives them', (name) => {
    expect(places(derived(name))).toEqual(places(read(name)));
  });
});

describe('what a config says beside the tensors', () => {
  it.each(headerNames)('of %s gives each layer the cache and state of its GGUF file', (name) => {
    expect(derived(name).layers).toEqual(read(name).layers);
  });

  it.each(headerNames)('of %s gives the heads, widths and experts of its GGUF file', (name) => {
    expect(facts(derived(name))).toEqual(facts(read(name)));
  });
});
