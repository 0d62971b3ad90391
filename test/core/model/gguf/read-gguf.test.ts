import { describe, expect, it } from 'vitest';
import { GgufError } from '../../../../src/core/model/gguf/gguf-error';
import { readGguf } from '../../../../src/core/model/gguf/read-gguf';
import { readBytes } from './drive';
import { ARRAY, number32, numbers32, STRING, strings, text, writeGguf, type GgufParts } from './write-gguf';

const name = text('general.architecture', 'llama');
const matrix = { name: 'token_embd.weight', dimensions: [32, 4], type: 'q8_0', offset: 0 };

function faultOf(bytes: Uint8Array, fileBytes = bytes.length): GgufError {
  try {
    readBytes(bytes, fileBytes);
  } catch (error) {
    if (error instanceof GgufError) return error;
    throw error;
  }
  throw new Error('was read without a fault');
}

const latin = (value: string) => new Uint8Array(Buffer.from(value, 'latin1'));

describe('a header as it should be', () => {
  it('gives metadata, tensors and where their data begin', () => {
    const bytes = writeGguf({
      pairs: [name, number32('llama.block_count', 2)],
      tensors: [matrix],
      dataBytes: 136,
    });
    const file = readBytes(bytes);
    expect(file.metadata).toEqual({ 'general.architecture': 'llama', 'llama.block_count': 2 });
    expect(file.tensors).toEqual([
      { name: 'token_embd.weight', type: 'q8_0', dimensions: [32, 4], bytes: 136, offset: file.dataOffset },
    ]);
    expect(file.dataOffset % 32).toBe(0);
    expect(file.expectedBytes).toBe(bytes.length);
    expect(file.findings).toEqual([]);
  });

  it('is read in version 2 as in version 3', () => {
    expect(readBytes(writeGguf({ version: 2, pairs: [name] })).version).toBe(2);
  });

  it('respects general.alignment', () => {
    const tensors = [
      { name: 'a', dimensions: [1], type: 'f32', offset: 0 },
      { name: 'b', dimensions: [1], type: 'f32', offset: 4096 },
    ];
    const pairs = [number32('general.alignment', 4096)];
    const file = readBytes(writeGguf({ pairs, tensors, alignment: 4096, dataBytes: 4100 }));
    expect(file.alignment).toBe(4096);
    expect(file.tensors.map(({ offset }) => offset)).toEqual([4096, 8192]);
  });

  it('counts a vocabulary without keeping it', () => {
    const words = Array.from({ length: 50_000 }, (_, index) => `word ${index}`);
    const file = readBytes(writeGguf({ pairs: [strings('tokenizer.ggml.tokens', words), name] }));
    expect(file.skippedArrays['tokenizer.ggml.tokens']).toEqual({ count: 50_000, type: 'string' });
    expect(file.metadata).toEqual({ 'general.architecture': 'llama' });
  });

  it('keeps short number arrays and counts long ones', () => {
    const long = Array.from({ length: 4097 }, () => 1);
    const file = readBytes(
      writeGguf({ pairs: [numbers32('short', [8, 0, 8]), numbers32('long', long), name] }),
    );
    expect(file.metadata).toEqual({ short: [8, 0, 8], 'general.architecture': 'llama' });
    expect(file.skippedArrays).toEqual({ long: { count: 4097, type: 'u32' } });
  });

  it('passes over a text that is too long to keep, even across chunks', () => {
    const file = readBytes(
      writeGguf({ pairs: [text('tokenizer.chat_template', 'x'.repeat(3_000_000)), name] }),
    );
    expect(file.metadata).toEqual({ 'general.architecture': 'llama' });
  });

  it('keeps integers that a double cannot hold, and floats that are not finite, as text', () => {
    const pairs = [
      { key: 'u64', type: 10, value: 18_446_744_073_709_551_615n },
      { key: 'i64', type: 11, value: -9_223_372_036_854_775_808n },
      { key: 'small', type: 11, value: -5n },
      { key: 'f32', type: 6, value: Number.NaN },
      { key: 'flag', type: 7, value: 1 },
    ];
    expect(readBytes(writeGguf({ pairs })).metadata).toEqual({
      u64: '18446744073709551615',
      i64: '-9223372036854775808',
      small: -5,
      f32: 'NaN',
      flag: true,
    });
  });

  it('reads keys and values that are not ASCII, and a key that names a prototype', () => {
    const file = readBytes(
      writeGguf({ pairs: [text('general.name', 'Ça 模型 🚢'), text('__proto__', 'x')] }),
    );
    expect(file.metadata['general.name']).toBe('Ça 模型 🚢');
    expect(Object.hasOwn(file.metadata, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(file.metadata)).toBe(Object.prototype);
  });

  it('tells how much of an unfinished download is missing, and still gives the header', () => {
    const bytes = writeGguf({ pairs: [name], tensors: [matrix], dataBytes: 100 });
    const file = readBytes(bytes);
    expect(file.tensors).toHaveLength(1);
    expect(file.findings).toMatchObject([{ severity: 'error', code: 'file-incomplete', missing_bytes: 36 }]);
  });

  it('asks for little at first and for no more than 4 MiB at once', () => {
    const words = Array.from({ length: 300_000 }, () => 'a word of some length, to fill several chunks');
    const bytes = writeGguf({ pairs: [strings('tokenizer.ggml.tokens', words)] });
    const reading = readGguf(bytes.length);
    const asked: number[] = [];
    for (let step = reading.next(); step.done !== true;) {
      const { offset, length } = step.value;
      asked.push(length);
      step = reading.next(bytes.subarray(offset, offset + length));
    }
    expect(asked[0]).toBe(2 ** 20);
    expect(Math.max(...asked)).toBe(4 * 2 ** 20);
  });
});

describe('a file that is something else', () => {
  it.each([
    ['a page', '<!DOCTYPE html><html><body>Sign in</body></html>', 'web page'],
    ['an error document', '<?xml version="1.0"?><Error/>', 'XML'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', 'Git LFS'],
    ['a zip archive', 'PK\x03\x04 archive/data.pkl', 'zip'],
    ['safetensors', '\x60\x02\0\0\0\0\0\0{"__metadata__":{}}', 'safetensors'],
    ['JSON', '{"architectures": []}', 'JSON'],
    ['a file of the years before', 'tjgg\x03\0\0\0', 'GGJT'],
    ['space set aside', '\0'.repeat(4096), 'zero bytes'],
    ['a gzip archive', '\x1f\x8b\x08', 'gzip'],
  ])('is named: %s', (_, content, named) => {
    const fault = faultOf(latin(content));
    expect(fault.reason).toBe('not-gguf');
    expect(fault.message).toContain(named);
  });

  it('is refused without a guess where nothing is recognised', () => {
    expect(faultOf(latin('hello')).message).toBe('The file is not a GGUF model.');
  });

  it('is refused where it is empty', () => {
    expect(faultOf(new Uint8Array(0)).reason).toBe('empty');
  });
});

describe('a GGUF file that cannot be read', () => {
  const cases: readonly [title: string, reason: string, parts: GgufParts][] = [
    ['of version 1', 'old-version', { version: 1 }],
    ['of a version to come', 'new-version', { version: 4 }],
    ['in big-endian order', 'big-endian', { version: 0x0300_0000 }],
    ['with 2^63 tensors', 'bad-count', { tensorCount: 2n ** 63n, pairs: [name] }],
    ['with more tensors than it has room for', 'truncated', { tensorCount: 1000, pairs: [name] }],
    ['with 2^64 - 1 metadata entries', 'bad-count', { pairCount: 2n ** 64n - 1n }],
    ['with a key twice', 'duplicate-key', { pairs: [name, name] }],
    ['with an empty key', 'bad-name', { pairs: [text('', 'x')] }],
    ['with a key of 5 KiB', 'bad-name', { pairs: [text('k'.repeat(5000), 'x')] }],
    [
      'with a value type that does not exist',
      'bad-value',
      { pairs: [{ key: 'x', type: 13, value: 0 }, name] },
    ],
    [
      'with a tensor twice',
      'duplicate-tensor',
      { tensors: [matrix, { ...matrix, offset: 160 }], dataBytes: 400 },
    ],
    ['with an alignment of zero', 'bad-alignment', { pairs: [number32('general.alignment', 0)] }],
    [
      'with an alignment that is no power of two',
      'bad-alignment',
      { pairs: [number32('general.alignment', 48)] },
    ],
    ['with an alignment in words', 'bad-alignment', { pairs: [text('general.alignment', 'wide')] }],
    ['with five dimensions', 'bad-dimensions', { tensors: [{ ...matrix, dimensions: [32, 1, 1, 1, 1] }] }],
    [
      'with dimensions whose product overflows',
      'bad-dimensions',
      { tensors: [{ ...matrix, dimensions: [2n ** 40n, 2n ** 40n] }] },
    ],
    ['with a negative dimension', 'bad-dimensions', { tensors: [{ ...matrix, dimensions: [-32n] }] }],
    ['with a tensor type to come', 'unknown-tensor-type', { tensors: [{ ...matrix, type: 99 }] }],
    ['with a tensor type that was dropped', 'unknown-tensor-type', { tensors: [{ ...matrix, type: 31 }] }],
    ['with rows of half a block', 'bad-tensor-width', { tensors: [{ ...matrix, dimensions: [48, 4] }] }],
    ['with a tensor name of 64 bytes', 'bad-name', { tensors: [{ ...matrix, name: 'n'.repeat(64) }] }],
    [
      'with a tensor that is not where it must be',
      'bad-tensor-offset',
      { tensors: [{ ...matrix, offset: 32 }] },
    ],
    ['with a tensor off the alignment', 'bad-tensor-offset', { tensors: [{ ...matrix, offset: 3 }] }],
    ['with a tensor 2^63 bytes away', 'bad-tensor-offset', { tensors: [{ ...matrix, offset: 2n ** 63n }] }],
    [
      'with an array of arrays',
      'nested-array',
      { pairs: [{ key: 'x', type: ARRAY, value: { type: ARRAY, items: [] } }, name] },
    ],
    [
      'with an array of a type that does not exist',
      'bad-value',
      { pairs: [{ key: 'x', type: ARRAY, value: { type: 77, items: [] } }, name] },
    ],
    [
      'with 2^60 numbers in an array',
      'bad-count',
      { pairs: [{ key: 'x', type: ARRAY, value: { type: 4, items: [], count: 2n ** 60n } }, name] },
    ],
    [
      'with 2^61 texts in an array',
      'bad-count',
      { pairs: [{ key: 'x', type: ARRAY, value: { type: STRING, items: [], count: 2n ** 61n } }, name] },
    ],
  ];

  it.each(cases)('%s is refused as such', (_, reason, parts) => {
    const bytes = writeGguf({ ...parts, dataBytes: parts.dataBytes ?? 512 });
    expect(faultOf(bytes).reason).toBe(reason);
  });

  it.each([
    ['of version 1', 'old-version', 1],
    ['in big-endian order', 'big-endian', 0x0300_0000],
    ['of a version that can be read', 'truncated', 3],
  ])('%s is told by its version even where nothing follows it', (_, reason, version) => {
    expect(faultOf(writeGguf({ version, pairs: [] }).subarray(0, 8)).reason).toBe(reason);
  });

  it('with a text longer than the file is refused', () => {
    const bytes = writeGguf({ pairs: [text('general.name', 'x')] });
    new DataView(bytes.buffer).setBigUint64(bytes.length - 9, 2n ** 40n, true);
    expect(faultOf(bytes).reason).toBe('bad-length');
  });

  it('with a text of 4 GiB is passed over without being asked for, where the file is as long', () => {
    const bytes = writeGguf({ pairs: [text('general.name', 'x')] });
    new DataView(bytes.buffer).setBigUint64(bytes.length - 9, 2n ** 32n, true);
    const reading = readGguf(2 ** 33);
    const first = reading.next().value as { length: number };
    const chunk = new Uint8Array(first.length);
    chunk.set(bytes);
    const step = reading.next(chunk);
    expect(step.done === true && step.value.metadata).toEqual({});
  });

  it('with a token longer than the file is refused at that token', () => {
    const bytes = writeGguf({ pairs: [strings('tokens', ['a', 'b', 'c'])] });
    new DataView(bytes.buffer).setBigUint64(bytes.length - 9, 2n ** 63n, true);
    const fault = faultOf(bytes);
    expect(fault.reason).toBe('bad-length');
    expect(fault.offset).toBe(bytes.length - 9);
  });

  it('cut anywhere within its header is refused, never read', () => {
    const pairs = [name, strings('tokens', ['a', 'b', 'c']), numbers32('n', [1, 2, 3]), number32('x', 1)];
    const whole = writeGguf({ pairs, tensors: [matrix], dataBytes: 136 });
    const { dataOffset } = readBytes(whole);
    for (let length = 1; length < dataOffset - 32; length++) {
      expect(['truncated', 'bad-count', 'bad-length', 'not-gguf']).toContain(
        faultOf(whole.subarray(0, length)).reason,
      );
    }
  });

  it('that claims a vocabulary of 40 GB of nothing is given up after 256 MiB', () => {
    const bytes = writeGguf({
      pairs: [{ key: 'tokens', type: ARRAY, value: { type: STRING, items: [], count: 5_000_000_000 } }],
    });
    expect(faultOf(bytes, 40_000_000_100).reason).toBe('too-large');
  });
});
