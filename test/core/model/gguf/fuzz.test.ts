import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GgufError } from '../../../../src/core/model/gguf/gguf-error';
import { modelFromGguf } from '../../../../src/core/model/gguf/model-from-gguf';
import { modelSchema } from '../../../../src/core/model/schema';
import { readBytes } from './drive';
import { number32, numbers32, strings, text, writeGguf } from './write-gguf';

const headers = new URL('../../../fixtures/headers/', import.meta.url);
const real = ['lfm2-8b-a1b', 'deepseek-v2-lite'].map(
  (name) => new Uint8Array(readFileSync(new URL(`${name}.gguf.head`, headers))),
);
const small = writeGguf({
  pairs: [
    text('general.architecture', 'qwen3next'),
    number32('general.alignment', 32),
    number32('qwen3next.block_count', 3),
    number32('qwen3next.embedding_length', 64),
    number32('qwen3next.attention.head_count', 4),
    number32('qwen3next.expert_count', 4),
    number32('qwen3next.expert_used_count', 2),
    numbers32('qwen3next.attention.head_count_kv', [2, 2, 0]),
    number32('qwen3next.ssm.inner_size', 64),
    number32('qwen3next.ssm.state_size', 16),
    number32('qwen3next.ssm.group_count', 2),
    strings('tokenizer.ggml.tokens', ['<s>', 'a', 'ß']),
  ],
  tensors: [
    { name: 'token_embd.weight', dimensions: [64, 3], type: 'q8_0', offset: 0 },
    { name: 'blk.0.ffn_up_exps.weight', dimensions: [64, 8, 4], type: 'q4_0', offset: 224 },
  ],
  dataBytes: 224 + 1152,
});

/** Overwrites with the bytes that do most harm: single bytes, and extreme lengths and counts of eight. */
const change = fc.oneof(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc
      .oneof(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.constantFrom(0n, 1n, 255n, 4096n, 2n ** 32n, 2n ** 53n, 2n ** 63n),
      )
      .map((value) => new Uint8Array(new BigUint64Array([value]).buffer)),
  }),
);
const mutation = fc.record({
  changes: fc.array(change, { minLength: 0, maxLength: 6 }),
  keep: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
});

function mutate(
  seed: Uint8Array,
  { changes, keep }: { changes: readonly { at: number; bytes: Uint8Array }[]; keep: number },
) {
  const bytes = seed.slice();
  for (const { at, bytes: written } of changes) {
    const start = Math.floor(at * (bytes.length - 1));
    bytes.set(written.subarray(0, bytes.length - start), start);
  }
  return bytes.subarray(0, Math.max(1, Math.floor(keep * bytes.length)));
}

/** Either a Model that travels, or a GgufError with a sentence: anything else is thrown on and fails. */
function outcomeOf(bytes: Uint8Array): 'read' | 'refused' {
  try {
    modelSchema.parse(modelFromGguf(readBytes(bytes), 'fuzz', 'fuzz.gguf'));
    return 'read';
  } catch (error) {
    if (!(error instanceof GgufError)) throw error;
    expect(error.message).toMatch(/[.]$/);
    expect(error.offset).toBeGreaterThanOrEqual(0);
    return 'refused';
  }
}

describe('a damaged header', () => {
  it.each([
    ['small, with a vocabulary', small, 3000],
    ['of a hybrid mixture', real[0]!, 600],
    ['of a mixture with latent attention', real[1]!, 600],
  ])('%s is read or refused with a reason', (_, seed, runs) => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(mutation, (made) => {
        outcomes[outcomeOf(mutate(seed, made))]++;
      }),
      { numRuns: runs },
    );
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  it('that is noise after its first 24 bytes is read or refused with a reason', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.nat(3),
        fc.nat(3),
        (noise, tensorCount, pairCount) => {
          const start = writeGguf({ tensorCount, pairCount });
          outcomeOf(new Uint8Array([...start, ...noise]));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
