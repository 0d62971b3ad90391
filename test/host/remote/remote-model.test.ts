import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GgufError } from '../../../src/core/model/gguf/gguf-error';
import { RemoteError } from '../../../src/host/remote/remote-error';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { ReadError } from '../../../src/host/read/read-error';
import { number32, numbers32, strings, text } from '../../core/model/gguf/write-gguf';
import { emptyFolder, smallGguf } from '../read/folder';
import { asking, quickPatience, rangeAskedFor, ranged, serverThat, type Behaviour } from './model-server';

const model = smallGguf();
/** More than one MiB, so that a second part is asked for, in the midst of a text. */
const long = smallGguf({
  pairs: [
    text('general.architecture', 'llama'),
    strings(
      'tokenizer.ggml.tokens',
      Array.from({ length: 120_000 }, (_, index) => `token ${index}`),
    ),
    numbers32('llama.ones', [1, 1, 1]),
  ],
});

async function faultOf(behaves: Behaviour, path = '/model.gguf', given = {}): Promise<RemoteError> {
  const { url } = await serverThat(behaves);
  const error = await readRemoteModel(`${url}${path}`, null, asking(given)).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

/** One of two parts of a split model. */
function part(number: number, tensor: string): Uint8Array {
  return smallGguf({
    pairs: [
      ...(number === 0 ? [text('general.architecture', 'llama')] : []),
      number32('split.no', number),
      number32('split.count', 2),
      number32('split.tensors.count', 2),
    ],
    tensors: [{ name: tensor, dimensions: [32], type: 'q8_0', offset: 0 }],
    dataBytes: 34,
  });
}

function credentials(origin: string) {
  return { origin, token: 'hf_secret' };
}

describe('a header read from a server', () => {
  it('takes one request for a part where that holds it', async () => {
    const { url, requests } = await serverThat(ranged(model));
    const header = await readRemoteModel(`${url}/model.gguf`, null, asking());
    expect(header.tensors).toHaveLength(1);
    expect(header.fileBytes).toBe(model.length);
    expect(header.findings).toEqual([]);
    expect(requests.map(({ headers }) => headers.range)).toEqual(['bytes=0-1048575']);
  });

  it('goes on where the first part ends', async () => {
    const { url, requests } = await serverThat(ranged(long));
    const header = await readRemoteModel(`${url}/model.gguf`, null, asking());
    expect(header.skippedArrays['tokenizer.ggml.tokens']?.count).toBe(120_000);
    expect(header.metadata['llama.ones']).toEqual([1, 1, 1]);
    expect(requests.length).toBeGreaterThan(1);
  });

  it('is put together of the answers of a server that gives less than asked for', async () => {
    const { url } = await serverThat((request, response) => {
      const [first, last] = rangeAskedFor(request, long.length);
      const end = Math.min(last, first + 700_000);
      response
        .writeHead(206, { 'content-range': `bytes ${first}-${end}/${long.length}` })
        .end(long.subarray(first, end + 1));
    });
    const header = await readRemoteModel(`${url}/model.gguf`, null, asking());
    expect(header.metadata['llama.ones']).toEqual([1, 1, 1]);
  });

  it('of a split model is read from all parts, from whichever is named', async () => {
    const { url } = await serverThat((request, response) =>
      ranged(
        request.url!.includes('m-00001') ? part(0, 'token_embd.weight') : part(1, 'output.weight'),
        `"${request.url}"`,
      )(request, response),
    );
    const header = await readRemoteModel(`${url}/m-00002-of-00002.gguf?download=true`, null, asking());
    expect(header.tensors.map(({ name }) => name)).toEqual(['token_embd.weight', 'output.weight']);
  });

  it('of a split model of which a part is missing names that part', async () => {
    const { url } = await serverThat((request, response) => {
      if (request.url!.includes('m-00002')) response.writeHead(404).end();
      else ranged(model)(request, response);
    });
    const reading = readRemoteModel(`${url}/m-00001-of-00002.gguf`, null, asking());
    const error: unknown = await reading.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReadError);
    expect(String(error)).toContain('m-00002-of-00002.gguf');
  });

  it('that is no GGUF is told as such', async () => {
    const { url } = await serverThat(ranged(Buffer.from('{"a": 1}')));
    await expect(readRemoteModel(`${url}/model.gguf`, null, asking())).rejects.toBeInstanceOf(GgufError);
  });

  it('of an empty file is told as such', async () => {
    const { url } = await serverThat(ranged(new Uint8Array(0)));
    await expect(readRemoteModel(`${url}/model.gguf`, null, asking())).rejects.toMatchObject({
      reason: 'empty',
    });
  });
});

describe('a server without ranges', () => {
  it('is read as far as the header needs, and says so', async () => {
    const size = 1e9;
    let sent = 0;
    const { url } = await serverThat((_, response) => {
      response.writeHead(200, { 'content-length': size });
      response.write(long);
      const more = setInterval(() => {
        sent += 65_536;
        response.write(Buffer.alloc(65_536));
      }, 5);
      response.on('close', () => clearInterval(more));
    });
    const header = await readRemoteModel(`${url}/model.gguf`, null, asking());
    expect(header.metadata['llama.ones']).toEqual([1, 1, 1]);
    expect(header.findings).toMatchObject([{ code: 'no-ranges' }]);
    expect(sent).toBeLessThan(size / 10);
  });

  it('that does not say the size either is refused', async () => {
    const fault = await faultOf((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.write(model);
    });
    expect(fault.reason).toBe('no-size');
  });

  it('that answers with a page is refused', async () => {
    const fault = await faultOf((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
    });
    expect(fault.reason).toBe('wrong-bytes');
    expect(fault.message).toContain('web page');
  });
});

describe('a server that does not keep its word', () => {
  it.each<[what: string, reason: string, behaves: Behaviour]>([
    [
      'sends another range',
      'wrong-bytes',
      (_, response) =>
        void response
          .writeHead(206, { 'content-range': `bytes 5-${model.length - 1}/${model.length}` })
          .end(model.subarray(5)),
    ],
    [
      'sends a part without saying which',
      'wrong-bytes',
      (_, response) => void response.writeHead(206).end(model),
    ],
    [
      'sends a range that lies beyond the end',
      'wrong-bytes',
      (_, response) => void response.writeHead(206, { 'content-range': 'bytes 0-99/50' }).end(model),
    ],
    [
      'does not say the size',
      'no-size',
      (_, response) =>
        void response.writeHead(206, { 'content-range': `bytes 0-${model.length - 1}/*` }).end(model),
    ],
    [
      'announces more than was asked for',
      'too-many-bytes',
      (_, response) =>
        void response
          .writeHead(206, { 'content-range': `bytes 0-${2 ** 21}/${2 ** 22}` })
          .end(Buffer.alloc(2 ** 21 + 1)),
    ],
    [
      'sends more than it announces',
      'too-many-bytes',
      (_, response) => {
        response.writeHead(206, {
          'content-range': `bytes 0-${model.length - 1}/${model.length}`,
          'transfer-encoding': 'chunked',
        });
        response.write(model);
        response.end(Buffer.alloc(1000));
      },
    ],
    [
      'sends the file compressed',
      'wrong-bytes',
      (_, response) =>
        void response
          .writeHead(206, {
            'content-range': `bytes 0-${model.length - 1}/${model.length}`,
            'content-encoding': 'zstd',
          })
          .end(model),
    ],
    ['refuses', 'refused', (_, response) => void response.writeHead(418).end()],
  ])('and %s is refused as %s', async (_, reason, behaves) => {
    const fault = await faultOf(behaves);
    expect(fault.reason).toBe(reason);
    expect(fault.message).toMatch(/\.$/);
  });

  it('and changes the file between two parts is caught', async () => {
    let requests = 0;
    const fault = await faultOf((request, response) => ranged(long, `"${requests++}"`)(request, response));
    expect(fault.reason).toBe('changed');
  });

  it('and gives the whole where a second part was asked for is caught', async () => {
    const fault = await faultOf((request, response) => {
      if (request.headers.range?.startsWith('bytes=0-') === true) ranged(long)(request, response);
      else response.writeHead(200).end(long);
    });
    expect(fault.reason).toBe('wrong-bytes');
  });
});

describe('a server in trouble', () => {
  it.each([429, 500, 502, 503, 504])('with status %d is asked again', async (status) => {
    let requests = 0;
    const { url } = await serverThat((request, response) => {
      if (requests++ < 2) response.writeHead(status, { 'retry-after': '0' }).end('later');
      else ranged(model)(request, response);
    });
    expect((await readRemoteModel(`${url}/model.gguf`, null, asking())).tensors).toHaveLength(1);
    expect(requests).toBe(3);
  });

  it('for good is given up after some attempts', async () => {
    let requests = 0;
    const fault = await faultOf((_, response) => {
      requests++;
      response.writeHead(503).end();
    });
    expect(fault).toMatchObject({ reason: 'server-failed', status: 503 });
    expect(requests).toBe(quickPatience.attempts);
  });

  it('that drops connections is asked for the rest', async () => {
    let requests = 0;
    const asked: (string | undefined)[] = [];
    const { url } = await serverThat((request, response) => {
      asked.push(request.headers.range);
      if (requests++ !== 1) return ranged(long)(request, response);
      const [first, last] = rangeAskedFor(request, long.length);
      response.writeHead(206, {
        etag: '"one"',
        'content-range': `bytes ${first}-${last}/${long.length}`,
        'content-length': last - first + 1,
      });
      response.write(long.subarray(first, first + 100_000), () => {
        setTimeout(() => response.destroy(), 20);
      });
      return undefined;
    });
    const header = await readRemoteModel(`${url}/model.gguf`, null, asking());
    expect(header.metadata['llama.ones']).toEqual([1, 1, 1]);
    expect(asked).toHaveLength(3);
  });

  it('that hangs up at once is given up after some attempts', async () => {
    const fault = await faultOf((request) => request.socket.destroy());
    expect(fault.reason).toBe('unreachable');
  });

  it('that never answers is given up', async () => {
    const patience = { ...quickPatience, answerMs: 60, attempts: 2 };
    expect((await faultOf(() => undefined, '/m.gguf', { patience })).reason).toBe('too-slow');
  });

  it('that sends a byte now and then is given up, once', async () => {
    let requests = 0;
    const patience = { ...quickPatience, wholeMs: 150 };
    const fault = await faultOf(
      (_, response) => {
        requests++;
        response.writeHead(206, { 'content-range': `bytes 0-${model.length - 1}/${model.length}` });
        const drip = setInterval(() => response.write('G'), 10);
        response.on('close', () => clearInterval(drip));
      },
      '/m.gguf',
      { patience },
    );
    expect(fault.reason).toBe('too-slow');
    expect(requests).toBe(1);
  });

  it('is not waited for after cancelling', async () => {
    const controller = new AbortController();
    const { url, requests } = await serverThat(() => undefined);
    const patience = { ...quickPatience, answerMs: 60_000 };
    const reading = readRemoteModel(`${url}/m.gguf`, null, asking({ signal: controller.signal, patience }));
    while (requests.length === 0) await sleep(5);
    controller.abort();
    await expect(reading).rejects.toThrow('aborted');
  });

  it.each([
    [401, 'unauthorised'],
    [403, 'forbidden'],
    [404, 'not-found'],
  ])('that answers with status %d is asked once', async (status, reason) => {
    let requests = 0;
    const fault = await faultOf((_, response) => {
      requests++;
      response.writeHead(status, { 'x-error-code': 'GatedRepo' }).end();
    });
    expect(fault.reason).toBe(reason);
    expect(requests).toBe(1);
  });

  it('on a port where nobody listens cannot be reached', async () => {
    const reading = readRemoteModel('http://127.0.0.1:9/m.gguf', null, asking());
    await expect(reading).rejects.toBeInstanceOf(RemoteError);
  });
});

describe('redirects', () => {
  it('are followed, and the token stays with the server it is for', async () => {
    const store = await serverThat(ranged(model));
    const hub = await serverThat((_, response) => {
      response.writeHead(302, { location: `${store.url}/blob?signature=1` }).end();
    });
    const header = await readRemoteModel(
      `${hub.url}/m.gguf`,
      null,
      asking({ credentials: credentials(hub.url) }),
    );
    expect(header.tensors).toHaveLength(1);
    expect(hub.requests[0]!.headers.authorization).toBe('Bearer hf_secret');
    expect(store.requests[0]!.headers.authorization).toBeUndefined();
    expect(store.requests[0]!.headers.range).toBe('bytes=0-1048575');
  });

  it('are followed where they name a path only', async () => {
    const { url } = await serverThat((request, response) => {
      if (request.url === '/m.gguf') response.writeHead(307, { location: '/other' }).end();
      else ranged(model)(request, response);
    });
    expect((await readRemoteModel(`${url}/m.gguf`, null, asking())).tensors).toHaveLength(1);
  });

  it.each([
    ['in a circle', '/m.gguf'],
    ['to a file', 'file:///etc/passwd'],
    ['to an address with a password', 'http://user:pass@127.0.0.1/'],
    ['to what is no address', 'http://['],
  ])('that lead %s are refused', async (_, location) => {
    const fault = await faultOf((__, response) => void response.writeHead(302, { location }).end());
    expect(fault.reason).toBe('bad-redirect');
  });

  it.each(['ftp://host/m.gguf', 'file:///m.gguf', 'http://user:pass@host/m.gguf'])(
    '%s is not asked at all',
    async (url) => {
      await expect(readRemoteModel(url, null, asking())).rejects.toMatchObject({ reason: 'bad-address' });
    },
  );
});

describe('the cache of headers', () => {
  it('spares a second download of what did not change', async () => {
    const folder = emptyFolder();
    const { url, requests } = await serverThat(ranged(long));
    const first = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    const before = requests.length;
    const second = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    expect(second).toEqual(first);
    expect(requests).toHaveLength(before + 1);
    expect(requests.at(-1)!.headers['if-none-match']).toBe('"one"');
  });

  it('serves a server that ignores the question whether the file changed', async () => {
    const folder = emptyFolder();
    const { url, requests } = await serverThat((request, response) => {
      delete request.headers['if-none-match'];
      ranged(long)(request, response);
    });
    const first = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    const before = requests.length;
    expect(await readRemoteModel(`${url}/m.gguf`, folder, asking())).toEqual(first);
    expect(requests).toHaveLength(before + 1);
  });

  it('is not believed where the file changed', async () => {
    const folder = emptyFolder();
    let current = model;
    let tag = '"one"';
    const { url } = await serverThat((request, response) => ranged(current, tag)(request, response));
    await readRemoteModel(`${url}/m.gguf`, folder, asking());
    current = long;
    tag = '"two"';
    const header = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    expect(header.metadata['llama.ones']).toEqual([1, 1, 1]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    ['garbage', () => Buffer.from('garbage')],
    ['empty', () => Buffer.alloc(0)],
    ['JSON of another kind', () => Buffer.from('{"format":1}\n')],
    [
      'changed in a byte',
      (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[changed.length - 200]! ^= 1;
        return changed;
      },
    ],
  ])('that is %s is passed over and written anew', async (_, damage) => {
    const folder = emptyFolder();
    const { url } = await serverThat(ranged(model));
    const first = await readRemoteModel(`${url}/m.gguf`, folder, asking());
    const [name] = readdirSync(folder);
    const path = join(folder, name!);
    const good = readFileSync(path);
    writeFileSync(path, damage(good));
    expect(await readRemoteModel(`${url}/m.gguf`, folder, asking())).toEqual(first);
    expect(readFileSync(path).equals(good)).toBe(true);
  });

  it('holds nothing where the server gives nothing to know the file by', async () => {
    const folder = emptyFolder();
    const { url } = await serverThat(ranged(model, null));
    await readRemoteModel(`${url}/m.gguf`, folder, asking());
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not write down addresses, which may hold secrets', async () => {
    const folder = emptyFolder();
    const { url } = await serverThat(ranged(model));
    await readRemoteModel(`${url}/m.gguf?signature=topsecret`, folder, asking());
    const [name] = readdirSync(folder);
    expect(readFileSync(join(folder, name!), 'latin1')).not.toContain('topsecret');
  });
});
