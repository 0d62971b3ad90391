import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Dispatcher } from '../contract/dispatcher';
import type { Envelope } from '../contract/errors';
import { httpCallSchema } from '../contract/http';
import { refuse } from './refuse';

/** Room for the largest input, a profile's text, in JSON's escapes. */
const MAX_BODY_BYTES = 20 * 2 ** 20;

export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (context) => refuse(context, 413, 'too-large', 'A call may be 20 MiB at most.'),
});

/** Runs one call; a caller that goes away in the middle of it cancels it. */
export async function answerCall(context: Context, dispatcher: Dispatcher): Promise<Response> {
  if (!isJson(context.req.header('content-type'))) {
    return refuse(context, 415, 'not-json', 'A call is sent as application/json.');
  }
  const call = httpCallSchema.safeParse(await bodyOf(context));
  if (!call.success) return refuse(context, 400, 'not-a-call', 'The body is not a call.');
  const { command, input, task } = call.data;
  const stopWatching = onDisconnect(context, () => {
    void dispatcher.call('task.cancel', { task }, `${task}-disconnected`);
  });
  const answer: Envelope = await dispatcher.call(command, input, task);
  stopWatching();
  return context.json(answer, 200, { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
}

/** Null for what is no JSON; a body that is too long is for the limit to answer. */
async function bodyOf(context: Context): Promise<unknown> {
  const text = await context.req.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

function onDisconnect(context: Context, cancel: () => void): () => void {
  const { signal } = context.req.raw;
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
