import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client';
import type { Envelope } from '../../src/contract/errors';
import type { Progress } from '../../src/contract/events';
import { httpCallSchema, httpRoutes } from '../../src/contract/http';
import { createHttpTransport, type HttpTransport } from '../../src/renderer/transport/http-transport';

const TOKEN = 'the-token';

describe('the transport over HTTP', () => {
  let server: TinyServer;
  let transport: HttpTransport;

  beforeEach(async () => {
    server = await startServer();
    transport = createHttpTransport(server.origin, TOKEN);
  });
  afterEach(async () => {
    transport.close();
    await server.stop();
  });

  it('sends the command with the token in a header and gives back the envelope', async () => {
    const answer = await transport.call('system.describe', {}, 'task-1');
    expect(answer).toEqual({ ok: true, value: { echoed: 'system.describe', task: 'task-1' } });
    expect(server.authorizations).toContain(`Bearer ${TOKEN}`);
    expect(server.addresses.join(' ')).not.toContain(TOKEN);
  });

  it('hears events that arrive in pieces, and leaves aside what it does not know', async () => {
    await server.listening();
    const heard: Progress[] = [];
    const enough = new Promise<void>((resolve) => {
      transport.on('progress', (progress) => {
        heard.push(progress);
        if (heard.length === 2) resolve();
      });
    });
    const progress = { task: 'a', step: 'memory', label: 'Timing reads', fraction: 0.5 };
    server.write('event: fanfare\ndata: {"loud":true}\n\n');
    server.write('event: progress\ndata: not json\n\n');
    server.write(': here\n\nevent: progress\nda');
    server.write(`ta: ${JSON.stringify(progress)}\n\n`);
    server.write(`event: progress\ndata: ${JSON.stringify({ ...progress, fraction: null })}\n\n`);
    await enough;
    expect(heard).toEqual([progress, { ...progress, fraction: null }]);
  });

  it('hears no more once it stopped listening', async () => {
    await server.listening();
    const heard: string[] = [];
    const stop = transport.on('progress', ({ label }) => heard.push(label));
    stop();
    const last = new Promise<void>((resolve) => {
      transport.on('progress', () => resolve());
    });
    server.write('event: progress\ndata: {"task":"a","step":"s","label":"late","fraction":0}\n\n');
    await last;
    expect(heard).toEqual([]);
  });

  it('opens the stream of events again after it broke', async () => {
    await server.listening();
    const states: string[] = [];
    transport.connection.watch(() => states.push(transport.connection.current()));
    server.breakStreams();
    await server.listening(2);
    await until(() => transport.connection.current() === 'connected');
    expect(states).toEqual(['lost', 'connected']);
  });

  it('says that the server is gone instead of rejecting', async () => {
    await server.listening();
    await server.stop();
    const answer = await transport.call('system.describe', {}, 'task-2');
    expect(answer).toMatchObject({ ok: false, failure: { code: 'server-gone' } });
    expect(transport.connection.current()).toBe('lost');
  });

  it('passes a refusal of the server on with its remedy', async () => {
    const client = createClient(transport, () => 'refuse');
    await expect(client.call('profile.current', {})).rejects.toMatchObject({
      failure: { code: 'not-found', remedy: 'Measure first.' },
    });
  });

  it('stops trying where its token is not accepted', async () => {
    const stranger = createHttpTransport(server.origin, 'another');
    await until(() => stranger.connection.current() === 'refused');
    const answer = await stranger.call('system.describe', {}, 'task-3');
    expect(answer).toMatchObject({ ok: false, failure: { code: 'refused' } });
    expect(stranger.connection.current()).toBe('refused');
    stranger.close();
  });

  it('opens no stream without a token', async () => {
    const bare = createHttpTransport(server.origin, null);
    expect(bare.connection.current()).toBe('no-token');
    await server.listening();
    expect(server.authorizations).not.toContain('Bearer ');
  });
});

interface TinyServer {
  readonly origin: string;
  readonly authorizations: string[];
  readonly addresses: string[];
  /** Resolves once that many event streams were opened. */
  listening(count?: number): Promise<void>;
  write(text: string): void;
  breakStreams(): void;
  stop(): Promise<void>;
}

/** The two routes, a real program in miniature: echoes calls and streams what the test writes. */
async function startServer(): Promise<TinyServer> {
  const streams: ServerResponse[] = [];
  const authorizations: string[] = [];
  const addresses: string[] = [];
  const server = createServer((request, response) => {
    addresses.push(request.url ?? '');
    authorizations.push(request.headers.authorization ?? '');
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end();
    } else if (request.url === httpRoutes.events) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      streams.push(response);
    } else {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.end(JSON.stringify(envelopeFor(body))));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    addresses,
    listening: (count = 1) => until(() => streams.length >= count),
    write: (text) => streams.at(-1)!.write(text),
    breakStreams: () => streams.forEach((stream) => stream.destroy()),
    stop: () => close(server),
  };
}

function envelopeFor(body: string): Envelope {
  const { command, task } = httpCallSchema.parse(JSON.parse(body));
  if (task === 'refuse') {
    const failure = {
      code: 'not-found',
      message: 'There is no profile.',
      remedy: 'Measure first.',
      details: null,
    };
    return { ok: false, failure };
  }
  return { ok: true, value: { echoed: command, task } };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
