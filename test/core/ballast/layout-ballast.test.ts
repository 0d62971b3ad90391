import { describe, expect, it } from 'vitest';
import { BallastError } from '../../../src/core/ballast/ballast-error';
import { BALLAST_KEY, layoutBallast } from '../../../src/core/ballast/layout-ballast';
import { catalogEntries, catalogModel } from '../../../src/core/catalog/models';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import { readGguf } from '../../../src/core/model/gguf/read-gguf';
import type { GgufFile } from '../../../src/core/model/gguf/gguf-file';

/** What our own reader sees in the head of the file; of the data only the size. */
function readBack(header: Uint8Array, fileBytes: number): GgufFile {
  const reading = readGguf(fileBytes);
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    const bytes = new Uint8Array(length);
    bytes.set(header.subarray(offset, offset + length));
    step = reading.next(bytes);
  }
  return step.value;
}

/** A model of each architecture of the catalog. */
const oneOfEach = [
  ...new Map(
    catalogEntries().map(({ name }) => [catalogModel(name, 'F16')!.architecture, name] as const),
  ).values(),
];

describe('the layout of a ballast', () => {
  it.each(oneOfEach)(
    '%s is read back as the very same model',
    (name) => {
      const model = catalogModel(name, 'Q4_K_M')!;
      const { header, fileBytes, tensors } = layoutBallast(model, { quant: null, layers: null });
      const file = readBack(header, fileBytes);
      expect(file.findings).toStrictEqual([]);
      const read = modelFromGguf(file, 'again', 'again.gguf');
      expect(read.tensors).toStrictEqual(model.tensors);
      expect(read.layers).toStrictEqual(model.layers);
      expect(read.parameters).toStrictEqual(model.parameters);
      expect(read.vocabulary).toBe(model.vocabulary);
      expect(read.quant).toBe('Q4_K_M');
      expect(read.metadata[BALLAST_KEY]).toBe(true);
      expect(tensors.every(({ paddedBytes, bytes }) => paddedBytes >= bytes && paddedBytes % 32 === 0)).toBe(
        true,
      );
    },
    20_000,
  );

  it('has as many made-up tokens as the model has, each once', () => {
    const { header, fileBytes } = layoutBallast(catalogModel('qwen3-0.6b', 'Q8_0')!, {
      quant: null,
      layers: 2,
    });
    const { skippedArrays } = readBack(header, fileBytes);
    expect(skippedArrays['tokenizer.ggml.tokens']?.count).toBe(151_936);
    expect(skippedArrays['tokenizer.ggml.scores']?.count).toBe(151_936);
  });

  it('takes types by the quantisation asked for, whatever the model came in', () => {
    const { tensors, quant } = layoutBallast(catalogModel('llama-3.2-1b', 'F16')!, {
      quant: 'q8_0',
      layers: null,
    });
    expect(quant).toBe('Q8_0');
    const expected = catalogModel('llama-3.2-1b', 'Q8_0')!.tensors.map(({ name, type }) => [name, type]);
    expect(tensors.map(({ name, type }) => [name, type])).toStrictEqual(expected);
  });
});

describe('a ballast of the first layers', () => {
  it('has the types of a model of that depth and all that lies outside the blocks', () => {
    const model = catalogModel('llama-3.2-1b', 'Q4_K_M')!;
    const { tensors, layers, blockCount } = layoutBallast(model, { quant: null, layers: 8 });
    expect([layers, blockCount]).toStrictEqual([8, 16]);
    const downs = tensors.filter(({ name }) => name.endsWith('ffn_down.weight')).map(({ type }) => type);
    // llama-quantize gives more bits to the first and last eighth and to every third between
    expect(downs).toStrictEqual(['q6_K', 'q4_K', 'q4_K', 'q6_K', 'q4_K', 'q4_K', 'q6_K', 'q6_K']);
    expect(tensors.map(({ name }) => name)).toContain('token_embd.weight');
  });

  it('keeps the beginning of a hybrid’s pattern', () => {
    const model = catalogModel('granite-4.0-h-tiny', 'Q4_K_M')!;
    const { header, fileBytes } = layoutBallast(model, { quant: null, layers: 6 });
    const read = modelFromGguf(readBack(header, fileBytes), 'short', 'short.gguf');
    expect(read.block_count).toBe(6);
    expect(read.layers).toStrictEqual(model.layers!.slice(0, 6));
    expect(read.layers!.map(({ cache }) => cache !== null)).toStrictEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it.each([
    [6, 0],
    [12, 6],
    [30, 12],
    [42, 18],
  ])(
    'of %d layers lets %d share a cache, in Gemma 4, so that the lenders are of both kinds',
    (layers, shared) => {
      const model = catalogModel('gemma-4-e4b', 'Q4_K_M')!;
      const { header, fileBytes } = layoutBallast(model, { quant: null, layers });
      expect(readBack(header, fileBytes).metadata['gemma4.attention.shared_kv_layers']).toBe(shared);
    },
  );

  it('narrows what holds all layers side by side', () => {
    const { tensors } = layoutBallast(catalogModel('gemma-4-e4b', 'Q4_K_M')!, { quant: null, layers: 6 });
    const embedding = tensors.find(({ name }) => name === 'per_layer_token_embd.weight');
    expect(embedding?.dimensions).toStrictEqual([6 * 256, 262_144]);
  });

  it.each([
    ['granite-4.0-h-tiny', 5, 'at least 6'],
    ['nemotron-nano-9b-v2', 12, 'at least'],
    ['gemma-3-4b', 5, 'at least 6'],
    ['deepseek-v2-lite', 4, 'Leave --layers out'],
    ['qwen3-0.6b', 29, 'Ask for 1 to 28'],
    ['qwen3-0.6b', 0, 'Ask for 1 to 28'],
  ])('is refused for %s with %d, which could not run', (name, layers, remedy) => {
    try {
      layoutBallast(catalogModel(name, 'Q4_K_M')!, { quant: null, layers });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BallastError);
      expect((error as BallastError).remedy).toContain(remedy);
    }
  });
});

describe('what no ballast can stand in for', () => {
  it('is a model whose tensors are not known', () => {
    const model = { ...catalogModel('qwen3-0.6b', 'Q8_0')!, tensors: [] };
    expect(() => layoutBallast(model, { quant: null, layers: null })).toThrow(/is not known here/);
  });

  it('is a quantisation that is none', () => {
    const model = catalogModel('qwen3-0.6b', 'Q8_0')!;
    expect(() => layoutBallast(model, { quant: 'Q99', layers: null })).toThrow('"Q99" is no quantisation');
  });
});
