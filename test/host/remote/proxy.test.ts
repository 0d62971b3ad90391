import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { proxyFor } from '../../../src/host/remote/proxy';
import { readRemoteModel } from '../../../src/host/remote/remote-model-file';
import { emptyFolder, smallGguf } from '../read/folder';
import { asking, ranged, serverThat } from './model-server';

afterEach(() => {
  vi.unstubAllEnvs();
});

function proxied(url: string, environment: Record<string, string>): string | null {
  return proxyFor(new URL(url), environment)?.host ?? null;
}

describe('the proxy of an address', () => {
  it.each([
    ['https://hub/x', { HTTPS_PROXY: 'http://p:1' }, 'p:1'],
    ['https://hub/x', { https_proxy: 'p:1' }, 'p:1'],
    ['https://hub/x', { HTTP_PROXY: 'http://p:1' }, null],
    ['http://hub/x', { HTTP_PROXY: 'http://p:1' }, 'p:1'],
    ['http://hub/x', { ALL_PROXY: 'http://p:1' }, 'p:1'],
    ['https://hub/x', { HTTPS_PROXY: 'socks5://p:1' }, null],
    ['https://hub/x', { HTTPS_PROXY: 'http://' }, null],
    ['https://127.0.0.1/x', { HTTPS_PROXY: 'http://p:1' }, null],
    ['http://localhost:8080/x', { ALL_PROXY: 'http://p:1' }, null],
    ['https://hub/x', {}, null],
  ])('%s with %j is %s', (url, environment, expected) => {
    expect(proxied(url, environment)).toBe(expected);
  });

  it.each([
    ['*', null],
    ['hub.org', null],
    ['.hub.org', null],
    ['other, hub.org:443', null],
    ['hub.org:80', 'p:1'],
    ['org', null],
    ['ub.org', 'p:1'],
    ['', 'p:1'],
  ])('is left out where NO_PROXY is %j: %s', (exceptions, expected) => {
    expect(proxied('https://cdn.hub.org/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: exceptions })).toBe(
      expected,
    );
  });
});

describe('a header read through a proxy', () => {
  it('is asked of the proxy by its whole address, with the proxy’s own credentials', async () => {
    const bytes = smallGguf();
    const proxy = await serverThat(ranged(bytes));
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('://', '://me:secret@'));
    const header = await readRemoteModel('http://hub.example/m.gguf', emptyFolder(), asking());
    expect(header.tensors.map(({ name }) => name)).toEqual(['token_embd.weight']);
    const [first] = proxy.requests;
    expect([first!.url, first!.headers.host]).toEqual(['http://hub.example/m.gguf', 'hub.example']);
    const credentials = Buffer.from('me:secret').toString('base64');
    expect(first!.headers['proxy-authorization']).toBe(`Basic ${credentials}`);
  });

  it('over https asks for a tunnel, and says so where the proxy refuses', async () => {
    const asked: IncomingMessage[] = [];
    const server = createServer();
    server.on('connect', (request: IncomingMessage, socket) => {
      asked.push(request);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${port}`);
    const reading = readRemoteModel('https://hub.example/m.gguf', emptyFolder(), asking());
    await expect(reading).rejects.toMatchObject({ reason: 'unreachable' });
    await expect(reading).rejects.toThrow('answers 403');
    expect(asked[0]!.url).toBe('hub.example:443');
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});
