import { describe, expect, it } from 'vitest';
import { modelFromSafetensors } from '../../../../src/core/model/safetensors/model-from-safetensors';
import { mergeShards, parseIndex } from '../../../../src/core/model/safetensors/parse-index';
import { readSafetensors } from '../../../../src/core/model/safetensors/read-safetensors';
import { SafetensorsError } from '../../../../src/core/model/safetensors/safetensors-error';
import { modelSchema } from '../../../../src/core/model/schema';
import {
  headerOf,
  llamaConfig,
  llamaWeights,
  readWeights,
  writeHeader,
  writeSafetensors,
} from './write-safetensors';

function faultOf(run: () => unknown): SafetensorsError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return error as SafetensorsError;
  }
  throw new Error('was read without a fault');
}

/** A file of one tensor. */
function shard(name: string) {
  return readWeights(writeSafetensors([{ name, shape: [2] }]));
}

const tensor = '{"dtype":"F16","shape":[2],"data_offsets":[0,4]}';

describe('a safetensors header as it should be', () => {
  it('lists tensors in the order of their data', () => {
    const json = `{"b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},"__metadata__":{"x":"${'y'.repeat(9000)}"},"a":${tensor}}   `;
    const file = readWeights(writeHeader(json, 8));
    expect(file.tensors).toEqual([
      { name: 'a', dtype: 'F16', shape: [2], start: 0, end: 4 },
      { name: 'b', dtype: 'F32', shape: [], start: 4, end: 8 },
    ]);
    expect(file.findings).toEqual([]);
  });

  it('may hold names with escapes and letters beyond ASCII, and packed types', () => {
    const json = String.raw`{"a\n\"é":{"shape":[3,4],"dtype":"F4","data_offsets":[0,6]},"ß":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[6,9]}}`;
    expect(readWeights(writeHeader(json, 9)).tensors.map(({ name }) => name)).toEqual(['a\n"é', 'ß']);
  });

  it('may be longer than the first MiB', () => {
    const weights = Array.from({ length: 20_000 }, (_, index) => ({
      name: `model.layers.${index}.weight`,
      shape: [2],
    }));
    expect(readWeights(writeSafetensors(weights)).tensors).toHaveLength(20_000);
  });

  it('tells how much of an unfinished download is missing', () => {
    const bytes = writeSafetensors(llamaWeights());
    const file = readWeights(bytes, bytes.length - 1000);
    expect(file.findings).toMatchObject([{ code: 'file-incomplete' }]);
    expect(file.findings[0]!.message).toContain('1000 B of');
  });
});

describe('a file that is no safetensors, or a damaged one', () => {
  it.each<[what: string, reason: string, bytes: Uint8Array]>([
    ['nothing', 'empty', new Uint8Array(0)],
    ['a few bytes', 'truncated', new Uint8Array(4)],
    ['a GGUF file', 'not-safetensors', Buffer.from('GGUF\u0003\0\0\0\0\0\0\0')],
    ['a page', 'not-safetensors', Buffer.from('<!doctype html><html>')],
    ['a header of 2^60 bytes', 'too-large', writeHeader(`{"a":${tensor}}`, 4, 2n ** 60n)],
    ['a header beyond the limit of the format', 'too-large', writeHeader(`{}`, 0, 100_000_001)],
    ['a header longer than the file', 'truncated', writeHeader(`{"a":${tensor}}`, 4, 1000)],
    ['a header that ends within a text', 'bad-json', writeHeader('{"a')],
    ['a header of nested lists', 'bad-json', writeHeader(`{"a":${'['.repeat(50_000)}`)],
    ['a header with something behind it', 'bad-json', writeHeader('{}{}')],
    ['a header that is a list', 'not-safetensors', writeHeader('[1]')],
    ['a tensor without its type', 'bad-json', writeHeader('{"a":{"shape":[2],"data_offsets":[0,4]}}')],
    ['a tensor with two shapes', 'bad-json', writeHeader('{"a":{"shape":[2],"shape":[2]}}')],
    [
      'a type that is not known',
      'bad-dtype',
      writeHeader('{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,4]}}'),
    ],
    ['a name twice', 'duplicate-tensor', writeHeader(`{"a":${tensor},"a":${tensor}}`, 8)],
    [
      'a name twice, once with an escape',
      'duplicate-tensor',
      writeHeader(`{"a":${tensor},"\\u0061":${tensor}}`, 8),
    ],
    ['a name of 5 KiB', 'bad-name', writeHeader(`{"${'a'.repeat(5000)}":${tensor}}`, 4)],
    ['an escape that does not exist', 'bad-json', writeHeader(`{"\\q":${tensor}}`, 4)],
    [
      'dimensions whose product overflows',
      'bad-shape',
      writeHeader('{"a":{"dtype":"F16","shape":[4294967296,4294967296],"data_offsets":[0,4]}}'),
    ],
    [
      'a dimension of 2^60',
      'bad-number',
      writeHeader('{"a":{"dtype":"F16","shape":[1152921504606846976],"data_offsets":[0,4]}}'),
    ],
    [
      'a negative dimension',
      'bad-number',
      writeHeader('{"a":{"dtype":"F16","shape":[-2],"data_offsets":[0,4]}}'),
    ],
    [
      'a dimension that is no whole number',
      'bad-json',
      writeHeader('{"a":{"dtype":"F16","shape":[2.0],"data_offsets":[0,4]}}'),
    ],
    [
      'a hundred dimensions',
      'bad-shape',
      writeHeader(`{"a":{"dtype":"F16","shape":[${'1,'.repeat(99)}1],"data_offsets":[0,2]}}`),
    ],
    [
      'a place of another size',
      'bad-offset',
      writeHeader('{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,6]}}'),
    ],
    [
      'a place that ends before it begins',
      'bad-offset',
      writeHeader('{"a":{"dtype":"F16","shape":[2],"data_offsets":[4,0]}}'),
    ],
    [
      'tensors that overlap',
      'bad-offset',
      writeHeader(`{"a":${tensor},"b":{"dtype":"F16","shape":[2],"data_offsets":[2,6]}}`, 6),
    ],
    [
      'a gap between tensors',
      'bad-offset',
      writeHeader(`{"a":${tensor},"b":{"dtype":"F16","shape":[2],"data_offsets":[6,10]}}`, 10),
    ],
    [
      'a first tensor that begins late',
      'bad-offset',
      writeHeader('{"a":{"dtype":"F16","shape":[2],"data_offsets":[2,6]}}', 6),
    ],
  ])('%s is refused as %s', (_, reason, bytes) => {
    const fault = faultOf(() => readWeights(bytes));
    expect(fault.reason).toBe(reason);
    expect(fault.offset).toBeGreaterThanOrEqual(0);
    expect(fault.message).toMatch(/\.$/);
  });

  it('says at which byte the header is damaged', () => {
    const fault = faultOf(() => readWeights(writeHeader('{"a": ?}')));
    expect(fault.offset).toBe(8 + 6);
  });

  it('is not asked for beyond the limit of the format', () => {
    const reading = readSafetensors(2 ** 50);
    expect(reading.next().value).toEqual({ offset: 0, length: 2 ** 20 });
    const head = new Uint8Array(2 ** 20);
    head.set(writeHeader('{', 0, 90_000_000));
    expect(reading.next(head).value).toEqual({ offset: 8, length: 90_000_000 });
  });
});

describe('an index of several files', () => {
  it('names each file once, in order', () => {
    const index = parseIndex({
      metadata: {},
      weight_map: { b: 'm-2.safetensors', a: 'm-1.safetensors', c: 'm-1.safetensors' },
    });
    expect(index.files).toEqual(['m-1.safetensors', 'm-2.safetensors']);
  });

  it.each([
    '../secret.safetensors',
    '/etc/passwd.safetensors',
    'sub/m.safetensors',
    '..\\m.safetensors',
    'C:m.safetensors',
    '.hidden.safetensors',
    'm\0.safetensors',
    'passwd',
    '',
  ])('that names %j is not followed', (file) => {
    expect(faultOf(() => parseIndex({ weight_map: { a: file } })).reason).toBe('index-outside');
  });

  it.each([null, 7, [], {}, { weight_map: [] }, { weight_map: {} }, { weight_map: { a: 7 } }])(
    '%j is none',
    (value) => {
      expect(faultOf(() => parseIndex(value)).reason).toBe('bad-index');
    },
  );

  it('is held against what the files hold', () => {
    const index = parseIndex({ weight_map: { a: 'm-1.safetensors', b: 'm-2.safetensors' } });
    expect(mergeShards(index, [shard('a'), shard('b')]).tensors).toHaveLength(2);
    expect(faultOf(() => mergeShards(index, [shard('a'), shard('a')])).reason).toBe('parts-differ');
    expect(faultOf(() => mergeShards(index, [shard('b'), shard('a')])).reason).toBe('parts-differ');
    expect(faultOf(() => mergeShards(index, [shard('a'), shard('c')])).reason).toBe('parts-differ');
  });
});

describe('the model of published weights', () => {
  const options = { name: 'small', locator: 'small', quant: 'Q8_0' };

  it('is what converting and quantising would give, where the config is known', () => {
    const model = modelFromSafetensors(readWeights(writeSafetensors(llamaWeights())), llamaConfig, options);
    expect(model).toMatchObject({ architecture: 'llama', quant: 'Q8_0', block_count: 2, findings: [] });
    expect(modelSchema.parse(model)).toEqual(model);
  });

  it('is told apart from weights that hold other parameters than the config says', () => {
    const file = readWeights(writeSafetensors(llamaWeights({ layers: 3 })));
    const model = modelFromSafetensors(file, llamaConfig, options);
    expect(model.findings).toMatchObject([{ code: 'size-disagrees', severity: 'warning' }]);
  });

  it('does not count an output that is published beside tied embeddings, nor towers for images', () => {
    const weights = [...llamaWeights(), { name: 'vision_tower.patch.weight', shape: [500, 500] }];
    const config = { ...llamaConfig, tie_word_embeddings: true };
    const model = modelFromSafetensors(readWeights(writeSafetensors(weights)), config, options);
    expect(model.findings).toEqual([]);
  });

  it('says where packed weights cannot be held against the config', () => {
    const weights = llamaWeights().map(({ name, shape }) => ({ name, shape, dtype: 'F8_E4M3' }));
    const model = modelFromSafetensors(readWeights(writeSafetensors(weights)), llamaConfig, options);
    expect(model.findings).toMatchObject([{ code: 'packed-weights' }]);
  });

  it('is its weights alone, to the byte, without a config', () => {
    const weights = llamaWeights();
    const bytes = writeSafetensors(weights);
    const model = modelFromSafetensors(readWeights(bytes), null, { ...options, quant: null });
    expect(model).toMatchObject({
      architecture: null,
      quant: 'BF16',
      layers: null,
      context_trained: null,
      file_bytes: bytes.length,
      source: { kind: 'safetensors', tensors: 'read' },
      findings: [{ code: 'config-missing' }],
    });
    expect(model.tensors.reduce((sum, each) => sum + each.bytes, 0)).toBe(headerOf(weights).dataBytes);
    expect(model.tensors.filter(({ layer }) => layer === 1).map(({ role }) => role)).toContain('attention');
    expect(modelSchema.parse(model)).toEqual(model);
  });

  it('is its weights and what the config says outright, where the architecture is not known', () => {
    const config = { ...llamaConfig, architectures: ['NovelForCausalLM'], model_type: 'novel' };
    const model = modelFromSafetensors(readWeights(writeSafetensors(llamaWeights())), config, options);
    expect(model).toMatchObject({ architecture: null, block_count: 2, context_trained: 4096, layers: null });
    expect(model.findings).toMatchObject([{ code: 'unknown-architecture' }]);
    expect(model.findings[0]!.message).toContain('Novel');
    expect(model.parameters.total).toBeGreaterThan(0);
  });
});
