import { Hono } from 'hono';
import type { Dispatcher } from '../contract/dispatcher';
import { httpRoutes } from '../contract/http';
import { answerCall, limitBody } from './call';
import { sendEvents } from './events';
import { guardApi, guardHost } from './guard';
import { loadPages, sendPage } from './pages';

export interface AppOptions {
  readonly dispatcher: Dispatcher;
  readonly token: string;
  readonly pages: string;
}

/** The routes, each behind its guards. */
export async function createApp({ dispatcher, token, pages }: AppOptions): Promise<Hono> {
  const files = await loadPages(pages);
  return new Hono()
    .use(guardHost)
    .use('/api/*', guardApi(token))
    .post(httpRoutes.call, limitBody, (context) => answerCall(context, dispatcher))
    .get(httpRoutes.events, (context) => sendEvents(context, dispatcher))
    .get('*', (context) => sendPage(context, files));
}
