import { describe, expect, it } from 'vitest';
import { GgufError } from '../../../src/core/model/gguf/gguf-error';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { ReadError } from '../../../src/host/read/read-error';
import { asking, rangeAskedFor, ranged, serverThat, type Behaviour } from './model-server';
import { model, long, faultOf, part } from './remote-cases';

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
