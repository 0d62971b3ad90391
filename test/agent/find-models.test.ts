import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findModels } from '../../src/agent/find-models';
import { readModel } from '../../src/agent/read-model';
import { formatProfile } from '../../src/core/profile/parse-profile';
import { foundModelSchema } from '../../src/contract/records';
import { profileWith } from '../core/plan/profiles';
import { writeSafetensors } from '../core/model/safetensors/write-safetensors';
import { emptyFolder, put, putModel, smallGguf } from '../host/read/folder';

const { signal } = new AbortController();
const steps: (number | null)[] = [];
const task = { signal, progress: ({ fraction }: { fraction: number | null }) => void steps.push(fraction) };

function modelsFolder(): string {
  const folder = join(home, 'models');
  mkdirSync(folder);
  return folder;
}

function find(directories: readonly string[] = []) {
  return findModels(directories, task, { dataDirectory: join(home, 'data'), version: '1', judged: true });
}

let home = '';

beforeEach(() => {
  home = emptyFolder();
  vi.stubEnv('HOME', home);
  vi.stubEnv('USERPROFILE', home);
  vi.stubEnv('XDG_CACHE_HOME', '');
  vi.stubEnv('LLAMA_CACHE', join(home, 'llama'));
  vi.stubEnv('HF_HOME', join(home, 'hf'));
  vi.stubEnv('HF_HUB_CACHE', '');
  vi.stubEnv('HUGGINGFACE_HUB_CACHE', '');
  vi.stubEnv('OLLAMA_MODELS', join(home, 'ollama'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the models on this machine', () => {
  it('are found in the folders of every program, under the names they go by', async () => {
    const digest = 'cd'.repeat(32);
    put(home, 'llama/ggml-org_gpt-oss-20b-GGUF_gpt-oss-20b-mxfp4.gguf', '123');
    put(home, 'hf/hub/models--org--repo/snapshots/abc/model-Q4_K_M.gguf', '1234');
    put(home, `ollama/blobs/sha256-${digest}`, '12345');
    put(
      home,
      'ollama/manifests/registry.ollama.ai/library/qwen3/8b',
      JSON.stringify({
        layers: [{ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` }],
      }),
    );
    put(home, '.lmstudio/models/publisher/repo/own.gguf', '123456');
    const found = await find([]);
    expect(found.map(({ name, bytes, origin }) => [name, bytes, origin])).toEqual([
      ['ggml-org_gpt-oss-20b-GGUF_gpt-oss-20b-mxfp4', 3, 'llama.cpp'],
      ['model-Q4_K_M', 4, 'hugging-face'],
      ['qwen3:8b', 5, 'ollama'],
      ['own', 6, 'lm-studio'],
    ]);
    expect(foundModelSchema.array().parse(found)).toEqual(found);
  });

  it('count once where they are split, with the size of all parts, and lead to the first', async () => {
    const folder = emptyFolder();
    put(folder, 'big-00002-of-00002.gguf', '12345');
    put(folder, 'big-00001-of-00002.gguf', '123');
    const found = await find([folder]);
    expect(found).toMatchObject([
      { name: 'big', path: join(folder, 'big-00001-of-00002.gguf'), bytes: 8, origin: 'folder' },
    ]);
  });

  it('count once where a given folder is one of the usual', async () => {
    put(home, 'llama/a.gguf', '1');
    expect(await find([join(home, 'llama')])).toMatchObject([{ name: 'a', origin: 'llama.cpp' }]);
  });

  it('are folders of published weights too, by their repository in the Hugging Face cache, with the size of all files', async () => {
    const at = 'hf/hub/models--org--Own-Model/snapshots/abc';
    const config = readFileSync(new URL('../fixtures/configs/llama-3.1-8b.json', import.meta.url), 'utf8');
    put(home, `${at}/config.json`, config);
    put(home, `${at}/model-00001-of-00002.safetensors`, '12345');
    put(home, `${at}/model-00002-of-00002.safetensors`, '123');
    put(home, `${at}/tokenizer.json`, '{}');
    put(home, 'hf/hub/models--org--adapter/snapshots/abc/adapter_model.safetensors', '123');
    const [found, ...others] = await find([]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      name: 'Own-Model',
      bytes: 8,
      origin: 'hugging-face',
      path: join(home, at),
    });
    expect(foundModelSchema.parse(found)).toEqual(found);
  });

  it('of published weights say what they would be converted to', async () => {
    const folder = modelsFolder();
    const config = readFileSync(new URL('../fixtures/configs/llama-3.1-8b.json', import.meta.url), 'utf8');
    put(folder, 'own/config.json', config);
    put(folder, 'own/model.safetensors', writeSafetensors([{ name: 'model.norm.weight', shape: [4096] }]));
    const [found] = await find([folder]);
    expect(found).toMatchObject({
      name: 'own',
      architecture: 'llama',
      quant: 'Q4_K_M (converted)',
      failure: null,
    });
  });

  it('are none on a machine without any', async () => {
    expect(await find([])).toEqual([]);
  });

  it('cannot be looked for in a folder that is not there', async () => {
    await expect(find([join(home, 'no')])).rejects.toMatchObject({
      failure: { code: 'not-found' },
    });
  });
});

describe('what a list says of each', () => {
  it('is its quantisation, architecture and context, and a verdict that is unknown without a profile', async () => {
    putModel(modelsFolder(), 'qwen2.5-7b', 4_683_073_952);
    expect(await find([join(home, 'models')])).toMatchObject([
      {
        name: 'qwen2.5-7b',
        architecture: 'qwen2',
        quant: 'Q4_K_M',
        context_trained: 32_768,
        verdict: 'unknown',
        decode_tok_s: null,
        failure: null,
      },
    ]);
  });

  it('is the verdict of the current profile, also after the profile changed', async () => {
    const folder = join(home, 'models');
    putModel(modelsFolder(), 'qwen2.5-7b', 4_683_073_952);
    put(home, 'data/profile.json', formatProfile(profileWith({ ramGib: 64 })));
    const [first] = await find([folder]);
    expect(first!.verdict).not.toBe('unknown');
    put(home, 'data/profile.json', formatProfile(profileWith({ ramGib: 2 })));
    expect((await find([folder]))[0]!.verdict).toBe('refuse');
  });

  it('is the reason where it cannot be read', async () => {
    put(home, 'models/broken.gguf', 'GGUF and then nothing of use');
    put(home, 'models/good.gguf', smallGguf());
    const found = await find([join(home, 'models')]);
    expect(found).toMatchObject([
      { name: 'broken', verdict: null, failure: { code: expect.any(String) } },
      { name: 'good', failure: null },
    ]);
  });

  it('is kept: an unchanged file is not read again, a changed one is', async () => {
    const folder = join(home, 'models');
    const path = put(home, 'models/a.gguf', smallGguf());
    const first = await find([folder]);
    const cache = join(home, 'data/cache/found-models.json');
    const kept = readFileSync(cache, 'utf8');
    writeFileSync(cache, kept.replace('"llama"', '"from the cache"'));
    expect((await find([folder]))[0]!.architecture).toBe('from the cache');
    utimesSync(path, new Date(), new Date(Date.now() + 60_000));
    expect(await find([folder])).toEqual(first);
  });

  it.each(['', 'garbage', '[]', '{"format":1,"files":{"a":7}}', '{"format":2,"files":{}}'])(
    'is read anew where what was kept is %j',
    async (garbage) => {
      put(home, 'models/a.gguf', smallGguf());
      put(home, 'data/cache/found-models.json', garbage);
      expect(await find([join(home, 'models')])).toMatchObject([{ architecture: 'llama', failure: null }]);
    },
  );

  it('tells how far it is, and stops where it was cancelled', async () => {
    for (let index = 0; index < 60; index++) put(home, `models/${index}.gguf`, smallGguf());
    steps.length = 0;
    await find([join(home, 'models')]);
    expect(steps.length).toBeGreaterThan(1);
    const controller = new AbortController();
    controller.abort();
    const cancelled = findModels(
      [],
      { ...task, signal: controller.signal },
      { dataDirectory: home, version: '1', judged: true },
    );
    await expect(cancelled).rejects.toThrow('aborted');
  });
});

describe('a model in the store of another program', () => {
  const digest = 'cd'.repeat(32);

  function putOllama(path: string): void {
    put(home, `ollama/blobs/sha256-${digest}`, smallGguf());
    const layers = [{ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` }];
    put(home, `ollama/manifests/registry.ollama.ai/${path}`, JSON.stringify({ layers }));
  }

  it.each([
    ['library/qwen3/8b', 'ollama:qwen3:8b'],
    ['library/qwen3/latest', 'ollama:Qwen3'],
    ['someone/own/latest', 'ollama:someone/own:latest'],
  ])('Ollama has as %s is read as %s', async (path, reference) => {
    putOllama(path);
    const model = await readModel(reference, signal);
    expect(model).toMatchObject({ name: reference.slice(7), architecture: 'llama' });
    expect(model.source.locator).toContain(digest);
  });

  it.each([
    'lmstudio:publisher/Model-8B-GGUF:Q8_0',
    'lmstudio:model-8b:q8_0',
    'lmstudio:Model-8B-Q8_0',
    'lm-studio:publisher/Model-8B-GGUF/Model-8B-Q8_0.gguf',
  ])('LM Studio has is read as %s', async (reference) => {
    put(home, '.lmstudio/models/publisher/Model-8B-GGUF/Model-8B-Q8_0.gguf', smallGguf());
    put(home, '.lmstudio/models/publisher/Model-8B-GGUF/Model-8B-Q6_K.gguf', smallGguf());
    put(home, '.lmstudio/models/publisher/Model-8B-GGUF/mmproj-Model-8B.gguf', smallGguf());
    const { source } = await readModel(reference, signal);
    expect(source.locator).toMatch(/Model-8B-Q8_0\.gguf$/);
  });

  it('that is several is asked for by name, and one that is not there names those near', async () => {
    put(home, '.lmstudio/models/publisher/Model-8B-GGUF/Model-8B-Q8_0.gguf', smallGguf());
    put(home, '.lmstudio/models/publisher/Model-8B-GGUF/Model-8B-Q6_K.gguf', smallGguf());
    putOllama('library/qwen3/8b');
    put(home, '.lmstudio/models/publisher/Model-8B-GGUF/mmproj-Model-8B.gguf', smallGguf());
    await expect(readModel('lmstudio:model-8b', signal)).rejects.toMatchObject({
      failure: { code: 'ambiguous', message: expect.stringContaining('holds 2 models') },
    });
    await expect(readModel('lmstudio:model-8b:Q2_K', signal)).rejects.toMatchObject({
      failure: { code: 'not-found', message: expect.stringContaining('no GGUF file of that quantisation') },
    });
    await expect(readModel('ollama:qwen3:80b', signal)).rejects.toMatchObject({
      failure: { code: 'not-found', remedy: expect.stringContaining('qwen3:8b') },
    });
  });
});
