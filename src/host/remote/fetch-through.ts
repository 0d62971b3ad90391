import { request as askPlainly, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as askSafely } from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { connect as secure } from 'node:tls';
import { portOf } from './proxy';

export interface Wanted {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Statuses whose answers have no body. */
const bodiless = new Set([204, 205, 304]);

/**
 * GET through a proxy, for which Node's own `fetch` has no setting in the versions that run here: plain addresses are asked of the
 * proxy itself, those of https through a tunnel (CONNECT) that the proxy cannot look into. Redirects are handed back. Rejects with
 * what the connection met, as `fetch` does.
 */
export async function fetchThrough(proxy: URL, address: URL, wanted: Wanted): Promise<Response> {
  const message =
    address.protocol === 'https:'
      ? await askThroughTunnel(proxy, address, wanted)
      : await answerTo(askPlainly, {
          ...placeOf(proxy),
          path: address.href,
          headers: { ...wanted.headers, host: address.host, ...authorization(proxy) },
          signal: wanted.signal,
        });
  return asResponse(message);
}

async function askThroughTunnel(
  proxy: URL,
  address: URL,
  { headers, signal }: Wanted,
): Promise<IncomingMessage> {
  const socket = await openTunnel(proxy, address, signal);
  const servername = address.hostname;
  return answerTo(askSafely, {
    host: servername,
    path: `${address.pathname}${address.search}`,
    headers: { ...headers, host: address.host },
    signal,
    createConnection: () => secure({ socket, servername, ALPNProtocols: ['http/1.1'] }),
  });
}

function openTunnel(proxy: URL, address: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${address.hostname}:${portOf(address)}`;
  return new Promise((resolve, reject) => {
    const asked = askPlainly({
      ...placeOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
      signal,
    });
    asked.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        const refused = new Error(`the proxy ${proxy.host} answers ${answer.statusCode}`);
        reject(new TypeError('fetch failed', { cause: refused }));
      }
    });
    asked.once('error', (error) => reject(new TypeError('fetch failed', { cause: error })));
    asked.end();
  });
}

function answerTo(ask: typeof askPlainly, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = ask(options, resolve);
    asked.once('error', (error) => reject(new TypeError('fetch failed', { cause: error })));
    asked.end();
  });
}

function placeOf(proxy: URL): RequestOptions {
  return { host: proxy.hostname, port: portOf(proxy) };
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function asResponse(message: IncomingMessage): Response {
  const status = message.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    for (const each of value ?? []) headers.append(name, each);
  }
  if (bodiless.has(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>;
  return new Response(body as ConstructorParameters<typeof Response>[0], { status, headers });
}
