import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/agent/read-model';
import { ExpectedError } from '../../src/contract/errors';
import { catalogEntries } from '../../src/core/catalog/models';
import { text } from '../core/model/gguf/write-gguf';
import { emptyFolder, put, putModel, smallGguf } from '../host/read/folder';

const { signal } = new AbortController();

const llamaConfig = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 2048,
  intermediate_size: 8192,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  num_hidden_layers: 16,
  head_dim: 64,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: true,
  rms_norm_eps: 1e-5,
  rope_theta: 500_000,
});

async function failureOf(reference: string): Promise<ExpectedError['failure']> {
  const error = await readModel(reference, signal).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ExpectedError) return error.failure;
  throw error ?? new Error('was read without a failure');
}

describe('a reference to a file', () => {
  it('gives the model with its shape, its memory and where it lies', async () => {
    const path = putModel(emptyFolder(), 'gpt-oss-20b', 12_096_587_136);
    const model = await readModel(path, signal);
    expect(model).toMatchObject({
      name: 'gpt-oss-20b',
      architecture: 'gpt-oss',
      source: { kind: 'gguf', locator: path, tensors: 'read' },
      file_bytes: 12_096_587_136,
      block_count: 24,
      experts: { count: 32, used: 4 },
      findings: [],
    });
  });

  it('reads an unfinished download and says what is missing', async () => {
    const path = putModel(emptyFolder(), 'phi-4', 1_000_000_000);
    const model = await readModel(path, signal);
    expect(model.layers).toHaveLength(40);
    expect(model.findings).toMatchObject([{ code: 'file-incomplete', severity: 'error' }]);
  });

  it('reads a file that has no suffix, as Ollama keeps them', async () => {
    const path = put(emptyFolder(), 'sha256-0123', smallGguf());
    expect((await readModel(path, signal)).tensors).toHaveLength(1);
  });

  it.each([
    ['a page', '<!doctype html>', 'not-a-model'],
    ['an empty file', '', 'not-a-model'],
    ['a header cut off', smallGguf().subarray(0, 60), 'truncated'],
    ['a version that is no longer read', smallGguf({ version: 1 }), 'unsupported-version'],
    ['a damaged header', smallGguf({ pairs: [text('a', 'b'), text('a', 'b')] }), 'damaged-model'],
    ['an adapter', smallGguf({ pairs: [text('general.type', 'adapter')] }), 'not-a-model'],
    ['an image projector', smallGguf({ pairs: [text('general.architecture', 'clip')] }), 'not-a-model'],
  ])('refuses %s', async (_, content, code) => {
    const failure = await failureOf(put(emptyFolder(), 'model.gguf', content));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(/\.$/);
    expect(failure.remedy).toMatch(/\.$/);
  });

  it('refuses a quantisation where the file has its own', async () => {
    const path = put(emptyFolder(), 'model.gguf', smallGguf());
    expect((await failureOf(`${path}:Q4_0`)).code).toBe('invalid-reference');
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'says that a file may not be read (skipped for root, who may)',
    async () => {
      const path = put(emptyFolder(), 'model.gguf', smallGguf());
      chmodSync(path, 0o000);
      expect((await failureOf(path)).code).toBe('permission');
    },
  );

  it('says which part of a split model is missing', async () => {
    const failure = await failureOf(put(emptyFolder(), 'm-00001-of-00002.gguf', smallGguf()));
    expect(failure.code).toBe('missing-part');
    expect(failure.message).toContain('m-00002-of-00002.gguf');
  });
});

describe('a reference to a config or a folder', () => {
  it('gives the model that the config makes, in the quantisation asked for', async () => {
    const folder = emptyFolder();
    const path = put(folder, 'Llama-3.2-1B/config.json', llamaConfig);
    for (const reference of [`${path}:Q8_0`, `${join(folder, 'Llama-3.2-1B')}:Q8_0`]) {
      const model = await readModel(reference, signal);
      expect(model).toMatchObject({
        name: 'Llama-3.2-1B',
        quant: 'Q8_0',
        block_count: 16,
        source: { kind: 'config', locator: path, tensors: 'derived' },
      });
    }
    expect((await readModel(path, signal)).block_count).toBe(16);
  });

  it('refuses what is no config', async () => {
    const folder = emptyFolder();
    expect((await failureOf(put(folder, 'config.json', '[1, 2'))).code).toBe('not-a-model');
    expect((await failureOf(put(folder, 'other.json', '"text"'))).code).toBe('not-a-model');
  });

  it('names the file where the one model of a folder is none', async () => {
    const folder = emptyFolder();
    const path = put(folder, 'drop.gguf', 'hello');
    expect((await failureOf(folder)).message).toContain(`${path}: The file is not a GGUF model`);
  });

  it('takes the one model of a folder, and asks which where there are several', async () => {
    const folder = emptyFolder();
    put(folder, 'a.gguf', smallGguf());
    put(folder, 'mmproj-a.gguf', smallGguf());
    expect((await readModel(folder, signal)).name).toBe('a');
    put(folder, 'b-00001-of-00002.gguf', smallGguf());
    put(folder, 'b-00002-of-00002.gguf', smallGguf());
    const failure = await failureOf(folder);
    expect(failure.code).toBe('ambiguous');
    expect(failure.details).toMatchObject({ models: ['a.gguf', 'b-00001-of-00002.gguf'] });
  });

  it('refuses a folder without a model', async () => {
    expect((await failureOf(emptyFolder())).code).toBe('not-a-model');
  });
});

describe('a reference by name', () => {
  const [first] = catalogEntries();

  it('gives the model of the catalog, in the quantisation asked for', async () => {
    const model = await readModel(`${first!.name}:Q8_0`, signal);
    expect(model).toMatchObject({ quant: 'Q8_0', source: { kind: 'catalog' } });
    expect((await readModel(first!.name, signal)).quant).toBe('Q4_K_M');
  });

  it('is not led astray by an empty folder of the same name', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, first!.name));
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await readModel(first!.name, signal)).source.kind).toBe('catalog');
    } finally {
      process.chdir(before);
    }
  });

  it('that is not known is answered with those that come near', async () => {
    const failure = await failureOf(`${first!.name}x`);
    expect(failure.code).toBe('not-found');
    expect(failure.remedy).toContain(first!.name);
  });

  it('names the quantisations where the one asked for is not known', async () => {
    const failure = await failureOf(`${first!.name}:Q9_X`);
    expect(failure.code).toBe('unknown-quant');
    expect(failure.remedy).toContain('Q4_K_M');
  });

  it.each([
    'C:\\models\\x.gguf',
    '/no/such/model.gguf',
    './x',
    'Nobody/Nothing-8B',
    'nul\0byte',
    'zzzzzz:::',
  ])('%j is not found', async (reference) => {
    expect((await failureOf(reference)).code).toBe('not-found');
  });

  it('stops where it was cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(readModel(first!.name, controller.signal)).rejects.toThrow('aborted');
  });
});
