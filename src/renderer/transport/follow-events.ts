import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { events, type EventName } from '../../contract/events';
import type { Connection } from './connection';

/** Waits between attempts: soon at first, then at most every five seconds. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

interface Following {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly connection: Connection;
  readonly hear: (event: EventName, payload: unknown) => void;
  readonly signal: AbortSignal;
}

/** Reads the server's event stream, again and again after it breaks, until `signal` aborts or the token is refused. */
export async function followEvents(following: Following): Promise<void> {
  const { connection, signal } = following;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const opened = await readStream(following);
    if (signal.aborted || connection.current() === 'refused') return;
    connection.become('lost');
    wait = opened ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
    await pause(wait, signal);
  }
}

/** Whether a stream was opened at all; returns when it ended. */
async function readStream({ url, headers, connection, hear, signal }: Following): Promise<boolean> {
  let opened = false;
  try {
    const response = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' }, signal });
    if (response.status === 401 || response.status === 403) {
      connection.become('refused');
      return false;
    }
    if (!response.ok || response.body === null) return false;
    opened = true;
    connection.become('connected');
    await deliver(response.body, hear);
    return true;
  } catch {
    return opened;
  }
}

async function deliver(body: ReadableStream<Uint8Array>, hear: Following['hear']): Promise<void> {
  const parser = createParser({ onEvent: (message) => tell(message, hear) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    parser.feed(decoder.decode(chunk.value, { stream: true }));
  }
}

/** Passes on what the contract knows and can check; anything else is from a newer server and is left aside. */
function tell({ event, data }: EventSourceMessage, hear: Following['hear']): void {
  if (event === undefined || !Object.hasOwn(events, event)) return;
  const name = event as EventName;
  const payload = events[name].safeParse(parseJson(data));
  if (payload.success) hear(name, payload.data);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
