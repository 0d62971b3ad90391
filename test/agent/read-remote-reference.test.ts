import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readModel } from '../../src/agent/read-model';
import { ExpectedError } from '../../src/contract/errors';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/schema';
import { emptyProfile } from '../contract/small-handlers';
import { llamaConfig, llamaWeights, writeSafetensors } from '../core/model/safetensors/write-safetensors';
import { emptyFolder, put, smallGguf } from '../host/read/folder';
import { ranged, serverThat, type Behaviour } from '../host/remote/model-server';

const { signal } = new AbortController();

beforeEach(() => {
  const home = emptyFolder();
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH', 'HF_HOME', 'XDG_CACHE_HOME']) {
    vi.stubEnv(name, '');
  }
  vi.stubEnv('HOME', home);
  vi.stubEnv('USERPROFILE', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A hub of one repository: its list of files in pages of two, and the files. */
function hubOf(files: Readonly<Record<string, Uint8Array | string>>, revision = 'main'): Behaviour {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://hub');
    if (pathname === `/api/models/org/repo/tree/${revision}`) {
      const paths = Object.keys(files);
      const from = Number(searchParams.get('cursor') ?? 0);
      const page = paths.slice(from, from + 2).map((path) => ({ type: 'file', path, size: 1 }));
      if (from + 2 < paths.length) {
        response.setHeader(
          'link',
          `<http://${request.headers.host}${pathname}?cursor=${from + 2}>; rel="next"`,
        );
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
      return;
    }
    const file = files[decodeURIComponent(pathname.replace(`/org/repo/resolve/${revision}/`, ''))];
    if (file === undefined) response.writeHead(404).end();
    else if (typeof file === 'string') response.writeHead(200).end(file);
    else ranged(file)(request, response);
  };
}

async function useHub(behaves: Behaviour) {
  const hub = await serverThat(behaves);
  vi.stubEnv('HF_ENDPOINT', hub.url);
  return hub;
}

async function failureOf(reference: string): Promise<ExpectedError['failure']> {
  const error: unknown = await readModel(reference, signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  return (error as ExpectedError).failure;
}

const config = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 2048,
  intermediate_size: 8192,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  num_hidden_layers: 16,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: true,
});

describe('hf:ORG/REPO', () => {
  const files = {
    'README.md': 'x',
    'Repo-Q8_0.gguf': smallGguf(),
    'Repo-Q4_K_M.gguf': smallGguf(),
    'mmproj-F16.gguf': smallGguf(),
    'deep folder/Repo-BF16.gguf': smallGguf(),
  };

  it.each([
    ['hf:org/repo', 'Repo-Q4_K_M', 'Repo-Q4_K_M.gguf'],
    ['hf:org/repo:q8_0', 'Repo-Q8_0', 'Repo-Q8_0.gguf'],
    ['hf:org/repo/deep folder/Repo-BF16.gguf', 'Repo-BF16', 'deep folder/Repo-BF16.gguf'],
  ])('%s is read by its header from the file that it means', async (reference, name, path) => {
    await useHub(hubOf(files));
    const model = await readModel(reference, signal);
    expect(model).toMatchObject({
      name,
      architecture: 'llama',
      source: { kind: 'gguf', locator: `hf:org/repo/${path}`, tensors: 'read' },
    });
  });

  it('by the address of its page is the same', async () => {
    const { url } = await useHub(hubOf(files));
    const byPage = await readModel(`${url}/org/repo/blob/main/Repo-Q8_0.gguf`, signal);
    expect(byPage.source.locator).toBe('hf:org/repo/Repo-Q8_0.gguf');
    expect((await readModel(`${url}/org/repo:Q8_0`, signal)).name).toBe('Repo-Q8_0');
  });

  it('is planned with the name its file will have, not with the reference', async () => {
    await useHub(hubOf(files));
    const model = await readModel('hf:org/repo', signal);
    const { commands } = planModel(model, emptyProfile, planRequestSchema.parse({}));
    const argv = commands.flatMap((command) => command.argv);
    expect(argv).toContain('Repo-Q4_K_M.gguf');
    expect(argv.join(' ')).not.toContain('hf:');
  });

  it('says what there is where the quantisation is not, or is not said', async () => {
    await useHub(hubOf({ 'A-Q8_0.gguf': smallGguf(), 'A-Q5_K_M.gguf': smallGguf() }));
    const none = await failureOf('hf:org/repo:Q2_K');
    expect(none.code).toBe('not-found');
    expect(none.message).toContain('A-Q8_0.gguf, A-Q5_K_M.gguf');
    const open = await failureOf('hf:org/repo');
    expect(open.code).toBe('ambiguous');
    expect(open.message).toBe('org/repo holds 2 models in GGUF files: A-Q8_0.gguf, A-Q5_K_M.gguf.');
  });

  it('says how many there are of all, and how many of the quantisation that is taken', async () => {
    const names = [
      'A-Q4_K_M',
      'B-Q4_K_M',
      'A-Q8_0',
      'A-F16-00001-of-00002',
      'A-F16-00002-of-00002',
      'mmproj-F16',
    ];
    await useHub(hubOf(Object.fromEntries(names.map((name) => [`${name}.gguf`, smallGguf()]))));
    const held = 'org/repo holds 4 models in GGUF files, 2 of them in Q4_K_M: A-Q4_K_M.gguf, B-Q4_K_M.gguf.';
    for (const reference of ['hf:org/repo', 'hf:org/repo:Q4_K_M'])
      expect(await failureOf(reference)).toMatchObject({ code: 'ambiguous', message: held });
  });

  it('without GGUF files is made of its config, in the quantisation asked for', async () => {
    await useHub(hubOf({ 'config.json': config, 'model.gitattributes': 'x' }));
    const model = await readModel('hf:org/repo:Q8_0', signal);
    expect(model).toMatchObject({
      name: 'repo',
      quant: 'Q8_0',
      block_count: 16,
      source: { kind: 'config', locator: 'hf:org/repo', tensors: 'derived' },
    });
  });

  it('of an architecture that is not known gives the weights as they are published', async () => {
    const novel = { ...llamaConfig, architectures: ['NovelForCausalLM'], model_type: 'novel' };
    const weights = llamaWeights();
    await useHub(
      hubOf({
        'config.json': JSON.stringify(novel),
        'model-00001-of-00002.safetensors': writeSafetensors(weights.slice(0, 9)),
        'model-00002-of-00002.safetensors': writeSafetensors(weights.slice(9)),
      }),
    );
    const model = await readModel('hf:org/repo', signal);
    expect(model).toMatchObject({ architecture: null, block_count: 2, quant: 'BF16' });
    expect(model.tensors).toHaveLength(weights.length);
  });

  it('with neither is no model', async () => {
    await useHub(hubOf({ 'README.md': 'x' }));
    expect((await failureOf('hf:org/repo')).code).toBe('not-a-model');
  });

  it('that is gated says to accept the licence and to set HF_TOKEN', async () => {
    for (const status of [401, 403]) {
      await useHub((_, response) => void response.writeHead(status).end());
      const failure = await failureOf('hf:org/repo');
      expect(failure.remedy).toMatch(/licence/);
      expect(failure.remedy).toContain('HF_TOKEN');
    }
  });

  it('that does not exist says so', async () => {
    await useHub((_, response) => void response.writeHead(404).end());
    expect((await failureOf('hf:org/repo')).code).toBe('not-found');
  });

  it('whose list is no list, or goes on elsewhere, is refused', async () => {
    await useHub((_, response) => void response.writeHead(200).end('{"error": "x"}'));
    expect((await failureOf('hf:org/repo')).code).toBe('bad-server');
    await useHub(
      (_, response) =>
        void response.writeHead(200, { link: '<http://elsewhere.invalid/>; rel="next"' }).end('[]'),
    );
    expect((await failureOf('hf:org/repo')).code).toBe('bad-server');
  });

  it.each(['hf:org', 'hf:org/repo/../x', 'hf:org/repo:'])('%s is no reference', async (reference) => {
    expect((await failureOf(reference)).code).toBe('invalid-reference');
  });

  it.each([
    ['HF_TOKEN', () => vi.stubEnv('HF_TOKEN', 'secret')],
    ['HUGGING_FACE_HUB_TOKEN', () => vi.stubEnv('HUGGING_FACE_HUB_TOKEN', 'secret')],
    ['HF_TOKEN_PATH', () => vi.stubEnv('HF_TOKEN_PATH', put(emptyFolder(), 'mine', 'secret\n'))],
    [
      'HF_HOME',
      () => {
        const folder = emptyFolder();
        put(folder, 'token', 'secret');
        vi.stubEnv('HF_HOME', folder);
      },
    ],
    ['the usual file', () => put(process.env['HOME']!, '.cache/huggingface/token', 'secret\n')],
  ])('is asked for with the token of %s', async (_, provide) => {
    provide();
    const { requests } = await useHub(hubOf(files));
    await readModel('hf:org/repo', signal);
    expect(new Set(requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']));
  });

  it('is read as it was at a revision, and says so', async () => {
    await useHub(hubOf(files, 'v1.0'));
    const model = await readModel('hf:org/repo@v1.0', signal);
    expect(model.source.locator).toMatch(/^hf:org\/repo@v1\.0\//u);
    expect((await failureOf('hf:org/repo')).code).toBe('not-found');
  });

  it('is asked for without a token where there is none', async () => {
    const { requests } = await useHub(hubOf(files));
    await readModel('hf:org/repo', signal);
    expect(requests[0]!.headers.authorization).toBeUndefined();
  });

  it('is kept in the data folder, so that a second look downloads nothing', async () => {
    const data = emptyFolder();
    const { requests } = await useHub(hubOf(files));
    const first = await readModel('hf:org/repo:Q8_0', signal, data);
    const before = requests.length;
    expect(await readModel('hf:org/repo/Repo-Q8_0.gguf', signal, data)).toEqual(first);
    expect(requests.slice(before).map(({ headers }) => headers['if-none-match'])).toEqual(['"one"']);
  });
});

describe('an address', () => {
  it('is read as a file there, and named without its query', async () => {
    vi.stubEnv('HF_TOKEN', 'secret');
    const { url, requests } = await serverThat(ranged(smallGguf()));
    const model = await readModel(`${url}/files/My%20Model.gguf?signature=1`, signal);
    expect(model).toMatchObject({
      name: 'My Model',
      source: { locator: `${url}/files/My%20Model.gguf` },
    });
    expect(requests[0]!.url).toContain('signature=1');
    expect(requests[0]!.headers.authorization).toBeUndefined();
  });

  it('of a config.json is made in the quantisation asked for', async () => {
    const { url } = await serverThat((_, response) => void response.end(config));
    const model = await readModel(`${url}/Llama/config.json:Q5_K_M`, signal);
    expect(model).toMatchObject({ name: 'Llama', quant: 'Q5_K_M', block_count: 16 });
  });

  it.each([
    ['of a page', 'bad-server', 'text/html', '<!doctype html>'],
    ['of something else', 'not-a-model', 'application/octet-stream', 'PK\u0003\u0004'],
  ])('%s is refused', async (_, code, type, body) => {
    const { url } = await serverThat(
      (__, response) =>
        void response
          .writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
          .end(body),
    );
    expect((await failureOf(`${url}/m.gguf`)).code).toBe(code);
  });

  it.each(['ftp://host/m.gguf', 'http://user:pw@host/m.gguf'])('%s is refused', async (reference) => {
    const failure = await failureOf(reference);
    expect(failure.code).toBe('invalid-reference');
    expect(failure.message).not.toContain('pw@');
  });

  it('where nobody answers says to check the connection', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    const failure = await failureOf('hf:org/repo');
    expect(failure.code).toBe('unreachable');
    expect(failure.remedy).toContain('connection');
  });
});
