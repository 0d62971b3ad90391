import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Dispatcher } from '../contract/dispatcher';
import { events, type EventName } from '../contract/events';

/** A comment that often keeps connections open and shows which are gone. */
const KEEP_ALIVE_MS = 15_000;

/** Every event as it happens, to everyone who was let in; each listener picks those of its own tasks. */
export function sendEvents(context: Context, dispatcher: Dispatcher): Response {
  context.header('Cache-Control', 'no-store');
  context.header('X-Content-Type-Options', 'nosniff');
  return streamSSE(context, async (stream) => {
    const stops = (Object.keys(events) as EventName[]).map((event) =>
      dispatcher.on(event, (payload) => void stream.writeSSE({ event, data: JSON.stringify(payload) })),
    );
    const sayHere = () => void stream.write(': here\n\n');
    const keepAlive = setInterval(sayHere, KEEP_ALIVE_MS);
    sayHere();
    await new Promise<void>((resolve) => stream.onAbort(resolve));
    clearInterval(keepAlive);
    for (const stop of stops) stop();
  });
}
