import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Envelope } from '../contract/errors';

/** A request that was not let in, answered as a failed call would be. */
export function refuse(
  context: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
): Response {
  const remedy = 'Open the address that `plimsoll serve` printed.';
  const answer: Envelope = { ok: false, failure: { code, message, remedy, details: null } };
  return context.json(answer, status, { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
}
