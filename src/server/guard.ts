import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { refuse } from './refuse';

/** Names under which the loopback interface may be addressed; any other is somebody's domain made to point here. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Lets only requests in that were sent to this address by name: a page of another origin cannot reach it by DNS. */
export const guardHost: MiddlewareHandler = async (context, next) => {
  if (!ownAuthorities(context).includes(context.req.header('host')?.toLowerCase() ?? '')) {
    return refuse(context, 403, 'foreign-host', 'This server answers on the loopback address only.');
  }
  return next();
};

/** Lets only holders of the token in, and of pages only this server's own. */
export function guardApi(token: string): MiddlewareHandler {
  const expected = digest(`Bearer ${token}`);
  return async (context, next) => {
    const origin = context.req.header('origin');
    if (origin !== undefined && origin !== `http://${context.req.header('host')?.toLowerCase()}`) {
      return refuse(context, 403, 'foreign-origin', 'Only this server’s own pages may call it.');
    }
    if (!timingSafeEqual(digest(context.req.header('authorization') ?? ''), expected)) {
      return refuse(context, 401, 'no-token', 'The token is missing or of an earlier start.');
    }
    return next();
  };
}

function ownAuthorities(context: Context): string[] {
  const { incoming } = context.env as HttpBindings;
  return LOOPBACK.map((name) => `${name}:${incoming.socket.localPort}`);
}

/** Of equal length for any text, as a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
