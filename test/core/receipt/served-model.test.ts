import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/core/model/schema';
import { otherThan, parseServedModels } from '../../../src/core/receipt/served-model';

// As llama-server of llama.cpp v0.5.0 says it of a small Qwen3.
const answer = {
  object: 'list',
  data: [
    {
      id: 'qwen3-dense.gguf',
      meta: {
        vocab_type: 7,
        n_vocab: 128,
        n_ctx: 256,
        n_ctx_train: 256,
        n_embd: 256,
        n_params: 985_628,
        size: 3_942_512,
        ftype: '(guessed) all F32',
      },
    },
  ],
};
const served = { embedding: 256, parameters: 985_628, bytes: 3_942_512 };
const model = (elements: number, bytes: number, tensors: 'read' | 'derived' = 'read') =>
  ({
    embedding_length: 256,
    source: { kind: 'gguf', locator: 'm.gguf', tensors },
    tensors: [{ dimensions: [elements], bytes }],
  }) as unknown as Model;

describe('the model that a server has', () => {
  it('is what it says of its first', () => {
    expect(parseServedModels(answer)).toEqual(served);
    expect(parseServedModels({ data: [{ id: 'm' }] })).toBeNull();
    expect(parseServedModels({ data: [] })).toBeNull();
    expect(parseServedModels('no')).toBeNull();
  });

  it('is the plan’s where all of it agrees, and another by one element where the plan’s was read', () => {
    expect(otherThan(served, model(985_628, 3_942_512))).toBeNull();
    expect(otherThan(served, model(985_944, 3_943_776))).toMatch(/parameters/);
    expect(otherThan(served, model(985_944, 3_943_776, 'derived'))).toBeNull();
    expect(otherThan(served, model(985_628, 2_000_000, 'derived'))).toMatch(/another quantisation/);
    expect(otherThan({ ...served, embedding: 512 }, model(985_628, 3_942_512))).toMatch(/embedding of 512/);
  });
});
