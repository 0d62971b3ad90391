import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGgufFiles } from '../../../src/host/read/find-model-files';
import { findOllamaModels } from '../../../src/host/read/find-ollama-models';
import { usualModelFolders } from '../../../src/host/read/model-folders';
import { emptyFolder, put } from './folder';

const { signal } = new AbortController();

async function namesBelow(folder: string): Promise<string[]> {
  return (await findGgufFiles(folder, signal)).map(({ path }) =>
    path.slice(folder.length + 1).replaceAll('\\', '/'),
  );
}

function manifest(digest: string): string {
  return JSON.stringify({ layers: [{ mediaType: 'application/vnd.ollama.image.model', digest, size: 5 }] });
}

function usualPaths(environment: Record<string, string>, platform: NodeJS.Platform, home: string): string[] {
  return usualModelFolders(environment, platform, home).map(({ path }) => path.replaceAll('\\', '/'));
}

describe('looking for model files', () => {
  it('finds them at any sensible depth and leaves out what is no language model', async () => {
    const folder = emptyFolder();
    put(folder, 'a.gguf', 'x');
    put(folder, 'publisher/model/b.GGUF', 'x');
    put(folder, 'publisher/model/mmproj-b-f16.gguf', 'x');
    put(folder, 'imatrix.gguf', 'x');
    put(folder, 'c.gguf.part', 'x');
    put(folder, '1/2/3/4/5/6/7/8/9/too-deep.gguf', 'x');
    expect(await namesBelow(folder)).toEqual(['a.gguf', 'publisher/model/b.GGUF']);
  });

  it.skipIf(process.platform === 'win32')(
    'follows links, lists a file once, and does not go in circles',
    async () => {
      const folder = emptyFolder();
      const blob = put(folder, 'hub/blobs/0123', 'model');
      mkdirSync(join(folder, 'hub/snapshots/one'), { recursive: true });
      mkdirSync(join(folder, 'hub/snapshots/two'), { recursive: true });
      symlinkSync(blob, join(folder, 'hub/snapshots/one/model.gguf'));
      symlinkSync(blob, join(folder, 'hub/snapshots/two/model.gguf'));
      symlinkSync(folder, join(folder, 'hub/snapshots/circle'));
      symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.gguf'));
      expect(await namesBelow(folder)).toEqual(['hub/snapshots/one/model.gguf']);
      expect((await findGgufFiles(folder, signal))[0]!.bytes).toBe(5);
    },
  );

  it('finds nothing where there is no folder', async () => {
    expect(await findGgufFiles(join(emptyFolder(), 'no'), signal)).toEqual([]);
  });
});

describe('what Ollama holds', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;

  it('goes by the names that Ollama gives', async () => {
    const folder = emptyFolder();
    const blob = put(folder, `blobs/sha256-${'ab'.repeat(32)}`, 'model');
    put(folder, 'manifests/registry.ollama.ai/library/qwen3/8b', manifest(digest));
    put(folder, 'manifests/registry.ollama.ai/someone/own/latest', manifest(digest));
    put(folder, 'manifests/hf.co/org/repo/Q4_K_M', manifest(digest));
    expect(await findOllamaModels(folder, signal)).toMatchObject([
      { name: 'hf.co/org/repo:Q4_K_M', path: blob, bytes: 5 },
      { name: 'qwen3:8b', path: blob, bytes: 5 },
      { name: 'someone/own:latest', path: blob, bytes: 5 },
    ]);
  });

  it('passes over manifests that are broken, lead elsewhere or have lost their blob', async () => {
    const folder = emptyFolder();
    put(folder, 'manifests/registry.ollama.ai/library/broken/latest', '{');
    put(folder, 'manifests/registry.ollama.ai/library/null/latest', 'null');
    put(folder, 'manifests/registry.ollama.ai/library/empty/latest', '{"layers":[null,{"digest":7}]}');
    put(folder, 'manifests/registry.ollama.ai/library/escape/latest', manifest('sha256:../../../etc/passwd'));
    put(folder, 'manifests/registry.ollama.ai/library/lost/latest', manifest(digest));
    expect(await findOllamaModels(folder, signal)).toEqual([]);
  });
});

describe('the usual folders', () => {
  it('are those of the system', () => {
    expect(usualPaths({}, 'linux', '/home/me')).toEqual([
      '/home/me/.cache/llama.cpp',
      '/home/me/.cache/huggingface/hub',
      '/home/me/.ollama/models',
      '/usr/share/ollama/.ollama/models',
      '/home/me/.lmstudio/models',
      '/home/me/.cache/lm-studio/models',
    ]);
    expect(usualPaths({}, 'darwin', '/Users/me')[0]).toBe('/Users/me/Library/Caches/llama.cpp');
    expect(usualPaths({ LOCALAPPDATA: 'C:/Users/me/AppData/Local' }, 'win32', 'C:/Users/me')[0]).toBe(
      'C:/Users/me/AppData/Local/llama.cpp',
    );
  });

  it('are where the environment puts them', () => {
    const environment = { LLAMA_CACHE: '/big/llama', HF_HOME: '/big/hf', OLLAMA_MODELS: '/big/ollama' };
    expect(usualPaths(environment, 'linux', '/home/me').slice(0, 3)).toEqual([
      '/big/llama',
      '/big/hf/hub',
      '/big/ollama',
    ]);
    expect(usualPaths({ HUGGINGFACE_HUB_CACHE: '/hub' }, 'linux', '/home/me')[1]).toBe('/hub');
  });
});
