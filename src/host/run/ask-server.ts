import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { RuntimeError } from './runtime-error';

/** An answer to one token after another is some 10 kB; properties with a chat template some 100. */
const MAX_BYTES = 8 * 2 ** 20;

export interface Answer {
  readonly status: number;
  /** Parsed JSON; null where it is none. */
  readonly body: unknown;
}

export interface Question {
  readonly url: URL;
  /** Sent as JSON; a GET where null. */
  readonly body: unknown;
  /** Sent as `Authorization: Bearer`, to this address alone; none where absent or null. */
  readonly apiKey?: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks an HTTP server for JSON. Follows no redirect. Throws RuntimeError `not-reachable`, `run-timeout`, and
 * `no-key` or `other-key` where it is refused, and what the signal was aborted with. (`fetch` gives up on its own after five minutes, and a long prompt takes longer.)
 */
export async function askServer(question: Question): Promise<Answer> {
  question.signal.throwIfAborted();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), question.timeoutMs);
  const stop = () => deadline.abort();
  question.signal.addEventListener('abort', stop, { once: true });
  try {
    return refusing(await collect(await send(question, deadline.signal)), question);
  } catch (error) {
    question.signal.throwIfAborted();
    const { host } = question.url;
    if (deadline.signal.aborted) throw new RuntimeError('run-timeout', host);
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError('not-reachable', host, error instanceof Error ? error.message : null);
  } finally {
    clearTimeout(timer);
    question.signal.removeEventListener('abort', stop);
  }
}

function refusing(answer: Answer, { url, apiKey }: Question): Answer {
  if (answer.status !== 401 && answer.status !== 403) return answer;
  throw new RuntimeError((apiKey ?? null) === null ? 'no-key' : 'other-key', url.host);
}

function send({ url, body, apiKey = null }: Question, signal: AbortSignal): Promise<IncomingMessage> {
  const text = body === null ? null : JSON.stringify(body);
  const headers = {
    ...(text === null
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  const method = text === null ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(url, { method, headers, signal, agent: false });
    request.once('error', reject);
    request.once('response', resolve);
    request.end(text ?? undefined);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new RuntimeError('other-output', 'an answer of more than 8 MiB');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: jsonOrNull(Buffer.concat(chunks).toString('utf8')) };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
