import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dispatcher } from '../../src/contract/dispatcher';
import { httpRoutes } from '../../src/contract/http';
import type { RunningServer } from '../../src/contract/page-server';
import { startServer } from '../../src/server';
import { smallHandlers } from '../contract/small-handlers';

let folder: string;
let server: RunningServer;
let origin: string;
let token: string;
const dispatcher = new Dispatcher(smallHandlers());

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-server-'));
  const pages = join(folder, 'pages');
  await mkdir(join(pages, 'assets'), { recursive: true });
  await writeFile(join(pages, 'browser.html'), '<title>the page</title>');
  await writeFile(join(pages, 'assets', 'app.js'), 'export {}');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  server = await startServer({ dispatcher, port: 0, pages });
  const url = new URL(server.url);
  origin = url.origin;
  token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** A request with headers and a path exactly as given, which fetch would not send. */
function send(path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(origin);
    const options = { host: '127.0.0.1', port, path, method: body === undefined ? 'GET' : 'POST', headers };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function call(headers: Record<string, string> = {}, body: unknown = describeCall): Promise<Answer> {
  const own = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers };
  return send(httpRoutes.call, own, typeof body === 'string' ? body : JSON.stringify(body));
}

const describeCall = { command: 'system.describe', input: {}, task: 'one' };

describe('the loopback server', () => {
  it('listens on the loopback address and prints the token behind the hash', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
  });

  it('answers a call that carries the token', async () => {
    const answer = await call();
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ ok: true, value: { version: '9.9.9' } });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('answers a failed call with status 200 and the failure', async () => {
    const answer = await call({}, { command: 'model.read', input: { reference: 'x' }, task: 'two' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ ok: false, failure: { code: 'not-found' } });
  });

  it('lets no one in without the token or with another', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', token, `Bearer ${token}x`, `Basic ${token}`]) {
      const answer = await call({ authorization });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({ ok: false, failure: { code: 'no-token' } });
    }
    expect((await send(httpRoutes.events, {})).status).toBe(401);
  });

  it('refuses a page of another origin, even with the token', async () => {
    for (const foreign of ['https://evil.example', 'null', origin.replace('127.0.0.1', 'localhost')]) {
      expect((await call({ origin: foreign })).status).toBe(403);
    }
    expect((await call({ origin })).status).toBe(200);
  });

  it('refuses a name that was made to point here', async () => {
    const { port } = new URL(origin);
    for (const host of [
      `evil.example:${port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `localhost.evil.example:${port}`,
    ]) {
      expect((await call({ host })).status).toBe(403);
      expect((await send('/', { host })).status).toBe(403);
    }
    expect((await call({ host: `localhost:${port}` })).status).toBe(200);
  });

  it('takes calls as JSON only, so that a form of another page cannot make one', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      expect((await call({ 'content-type': type })).status).toBe(415);
    }
    expect((await call({ 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
  });

  it('refuses a body that is not a call', async () => {
    for (const body of ['{', '[]', '{}', JSON.stringify({ ...describeCall, task: '' })]) {
      expect((await call({}, body)).status).toBe(400);
    }
  });

  it('refuses a body of more than 20 MiB', async () => {
    const body = JSON.stringify({ ...describeCall, input: 'x'.repeat(20 * 2 ** 20) });
    expect((await call({}, body)).status).toBe(413);
    expect((await call({ 'transfer-encoding': 'chunked' }, body)).status).toBe(413);
  });

  it('serves the page with a policy that lets it load its own files only', async () => {
    const page = await send('/', {});
    expect(page.text).toContain('the page');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  it('serves the files beside the page', async () => {
    const script = await send('/assets/app.js', {});
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.text).toBe('export {}');
  });

  it('serves nothing from outside the folder', async () => {
    const paths = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/..\\secret.txt',
      '//secret.txt',
      '/%00',
      join('/', folder, 'secret.txt'),
    ];
    for (const path of paths) {
      const answer = await send(path, {});
      expect([400, 404], path).toContain(answer.status);
      expect(answer.text, path).not.toContain('secret');
    }
  });

  it('says which port is taken and what to do', async () => {
    const { port } = new URL(origin);
    const second = startServer({ dispatcher, port: Number(port), pages: folder });
    await expect(second).rejects.toMatchObject({ failure: { code: 'port-taken' } });
  });
});

describe('events over the loopback server', () => {
  it('tells progress while a call runs', async () => {
    const controller = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const events = await fetch(origin + httpRoutes.events, { headers, signal: controller.signal });
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    const heard = readUntil(events, 'Measuring memory');
    await call({}, { command: 'profile.measure', input: { quick: true }, task: 'watched' });
    const text = await heard;
    controller.abort();
    expect(text).toContain('event: progress');
    expect(text).toContain('"task":"watched"');
  });

  it('cancels a call whose caller goes away', async () => {
    const controller = new AbortController();
    const running = new Promise<void>((resolve) => {
      const stop = dispatcher.on('progress', () => {
        stop();
        resolve();
      });
    });
    const sent = fetch(origin + httpRoutes.call, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ command: 'profile.measure', input: {}, task: 'left' }),
      signal: controller.signal,
    });
    await running;
    expect(dispatcher.busy).toBe(true);
    controller.abort();
    await expect(sent).rejects.toThrow();
    await expect.poll(() => dispatcher.busy).toBe(false);
  });
});

async function readUntil(response: Response, wanted: string): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body!) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes(wanted)) return text;
  }
  return text;
}
