import { describe, expect, it } from 'vitest';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { asking, ranged, serverThat } from './model-server';
import { model, faultOf } from './remote-cases';

function credentials(origin: string) {
  return { origin, token: 'hf_secret' };
}

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
