import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RemoteError } from '../../../src/host/remote/remote-error';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { asking, quickPatience, rangeAskedFor, ranged, serverThat } from './model-server';
import { model, long, faultOf } from './remote-cases';

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
