import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GgufError } from '../../../src/core/model/gguf/gguf-error';
import { readHeader } from '../../../src/host/read/header';
import { readModelFile } from '../../../src/host/read/model-file';
import { ReadError } from '../../../src/host/read/read-error';
import { number32, text } from '../../core/model/gguf/write-gguf';
import { emptyFolder, put, putModel, smallGguf } from './folder';

const { signal } = new AbortController();

async function faultOf(reading: Promise<unknown>): Promise<ReadError> {
  const error = await reading.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ReadError);
  return error as ReadError;
}

function part(number: number, tensor: string): Uint8Array {
  const pairs = [
    number32('split.no', number),
    number32('split.count', 3),
    number32('split.tensors.count', 3),
  ];
  const tensors = [{ name: tensor, dimensions: [32], type: 'q8_0', offset: 0 }];
  const own = number === 0 ? [text('general.architecture', 'llama')] : [];
  return smallGguf({ pairs: [...own, ...pairs], tensors, dataBytes: 34 });
}

describe('reading the header of a file', () => {
  it('reads a few KiB of a file of 18 GB', async () => {
    const path = putModel(emptyFolder(), 'qwen3-30b-a3b', 18_550_753_664);
    const header = await readHeader(path, signal);
    expect(header.tensors.length).toBeGreaterThan(500);
    expect(header.findings).toEqual([]);
  });

  it('names what cannot be read: nothing, a folder, a place below a file', async () => {
    const folder = emptyFolder();
    const file = put(folder, 'model.gguf', smallGguf());
    expect((await faultOf(readHeader(join(folder, 'no.gguf'), signal))).reason).toBe('not-found');
    expect((await faultOf(readHeader(folder, signal))).reason).toBe('directory');
    expect((await faultOf(readHeader(join(file, 'below'), signal))).reason).toBe('not-found');
  });

  it.skipIf(process.platform === 'win32')('refuses a device, which could block for ever', async () => {
    expect((await faultOf(readHeader('/dev/zero', signal))).reason).toBe('not-a-file');
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'names a file that may not be read (skipped for root, who may)',
    async () => {
      const path = put(emptyFolder(), 'secret.gguf', smallGguf());
      chmodSync(path, 0o000);
      expect((await faultOf(readHeader(path, signal))).reason).toBe('permission');
    },
  );

  it('stops where it was cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const path = put(emptyFolder(), 'model.gguf', smallGguf());
    await expect(readHeader(path, controller.signal)).rejects.toThrow('aborted');
  });
});

describe('a split model', () => {
  const names = ['big-00001-of-00003.gguf', 'big-00002-of-00003.gguf', 'big-00003-of-00003.gguf'];
  const tensors = ['token_embd.weight', 'blk.0.attn_q.weight', 'output.weight'];

  it.each(names)('is read whole from %s', async (name) => {
    const folder = emptyFolder();
    names.forEach((other, index) => put(folder, other, part(index, tensors[index]!)));
    const { path, parts, header } = await readModelFile(join(folder, name), signal);
    expect(path).toBe(join(folder, names[0]!));
    expect(parts).toHaveLength(3);
    expect(header.tensors.map((tensor) => tensor.name)).toEqual(tensors);
    expect(header.metadata['general.architecture']).toBe('llama');
    expect(header.fileBytes).toBe(header.expectedBytes);
  });

  it('says which part is not there', async () => {
    const folder = emptyFolder();
    put(folder, names[0]!, part(0, tensors[0]!));
    put(folder, names[2]!, part(2, tensors[2]!));
    const fault = await faultOf(readModelFile(join(folder, names[2]!), signal));
    expect(fault.reason).toBe('missing-part');
    expect(fault.path).toBe(join(folder, names[1]!));
  });

  it('is refused where a part was renamed, so that the others cannot be found', async () => {
    const path = put(emptyFolder(), 'renamed.gguf', part(0, tensors[0]!));
    expect((await faultOf(readModelFile(path, signal))).reason).toBe('missing-part');
  });

  it('is refused where the parts are of two models, or in the wrong place', async () => {
    const folder = emptyFolder();
    names.forEach((name, index) => put(folder, name, part(index, tensors[0]!)));
    await expect(readModelFile(join(folder, names[0]!), signal)).rejects.toThrow(GgufError);
    const swapped = emptyFolder();
    [0, 2, 1].forEach((number, index) => put(swapped, names[index]!, part(number, tensors[number]!)));
    await expect(readModelFile(join(swapped, names[0]!), signal)).rejects.toThrow(GgufError);
  });

  it('names a folder that is called like a part', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, names[0]!));
    expect((await faultOf(readModelFile(join(folder, names[0]!), signal))).reason).toBe('directory');
  });
});
