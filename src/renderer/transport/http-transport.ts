import type { Envelope } from '../../contract/errors';
import type { EventName, EventPayload } from '../../contract/events';
import { httpRoutes } from '../../contract/http';
import type { Transport } from '../../contract/transport';
import { Connection } from './connection';
import { followEvents } from './follow-events';

type AnyListener = (payload: never) => void;

export interface HttpTransport extends Transport {
  readonly connection: Connection;
  /** Stops listening to the server. */
  close(): void;
}

/** Calls by POST and events by a fetched stream, both with the token in a header: it never stands in an address. */
export function createHttpTransport(origin: string, token: string | null): HttpTransport {
  const connection = new Connection(token === null ? 'no-token' : 'connected');
  const listeners = new Map<EventName, Set<AnyListener>>();
  const closing = new AbortController();
  const headers = { authorization: `Bearer ${token ?? ''}` };

  if (token !== null) {
    const hear = (event: EventName, payload: unknown) => {
      for (const listener of listeners.get(event) ?? []) (listener as (payload: unknown) => void)(payload);
    };
    void followEvents({ url: origin + httpRoutes.events, headers, connection, hear, signal: closing.signal });
  }

  return {
    connection,
    close: () => closing.abort(),
    call: (command, input, task) => post(origin, headers, connection, { command, input, task }),
    on<Name extends EventName>(event: Name, listener: (payload: EventPayload<Name>) => void) {
      const set = listeners.get(event) ?? new Set<AnyListener>();
      listeners.set(event, set.add(listener));
      return () => void set.delete(listener);
    },
  };
}

async function post(
  origin: string,
  headers: Record<string, string>,
  connection: Connection,
  body: unknown,
): Promise<Envelope> {
  try {
    const response = await fetch(origin + httpRoutes.call, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status === 401 || response.status === 403) {
      connection.become('refused');
      return failed('refused', 'The server does not accept this page.', 'Open the address it printed last.');
    }
    if (!response.ok)
      return failed('http', `The server answered with status ${response.status}.`, 'Try again.');
    const envelope = (await response.json()) as Envelope;
    connection.become('connected');
    return envelope;
  } catch {
    connection.become('lost');
    return failed(
      'server-gone',
      'The Plimsoll server does not answer.',
      'Start it again with "plimsoll serve" and open the address it prints.',
    );
  }
}

function failed(code: string, message: string, remedy: string): Envelope {
  return { ok: false, failure: { code, message, remedy, details: null } };
}
