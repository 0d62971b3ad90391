import { z } from 'zod';

/** The loopback server's addresses, named once for both sides. */
export const httpRoutes = {
  /** POST, JSON `httpCallSchema` in, an Envelope out; always status 200 where the call itself was let in. */
  call: '/api/call',
  /** GET, server-sent events: `event:` is the event's name, `data:` its payload as JSON. */
  events: '/api/events',
} as const;

export const httpCallSchema = z.object({
  command: z.string(),
  input: z.unknown(),
  task: z.string().min(1).max(128),
});

/** The name under which the page's address carries the token, behind `#` so that it is never sent. */
export const TOKEN_FRAGMENT = 'token';
