import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findModels } from '../../src/agent/find-models';
import { foundModelSchema } from '../../src/contract/records';
import { emptyFolder, put } from '../host/read/folder';

const { signal } = new AbortController();
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
    const found = await findModels([], signal);
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
    const found = await findModels([folder], signal);
    expect(found).toEqual([
      { name: 'big', path: join(folder, 'big-00001-of-00002.gguf'), bytes: 8, origin: 'folder' },
    ]);
  });

  it('count once where a given folder is one of the usual', async () => {
    put(home, 'llama/a.gguf', '1');
    expect(await findModels([join(home, 'llama')], signal)).toMatchObject([
      { name: 'a', origin: 'llama.cpp' },
    ]);
  });

  it('are none on a machine without any', async () => {
    expect(await findModels([], signal)).toEqual([]);
  });

  it('cannot be looked for in a folder that is not there', async () => {
    await expect(findModels([join(home, 'no')], signal)).rejects.toMatchObject({
      failure: { code: 'not-found' },
    });
  });
});
