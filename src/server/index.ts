import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { ExpectedError } from '../contract/errors';
import { TOKEN_FRAGMENT } from '../contract/http';
import type { RunningServer, ServerOptions } from '../contract/page-server';
import { createApp } from './app';

/** The loopback address: nothing outside this machine can reach it. */
const HOST = '127.0.0.1';
const TOKEN_BYTES = 32;

/** Serves the commands and the pages on loopback, to those who hold the token of this start. */
export async function startServer({ dispatcher, port, pages }: ServerOptions): Promise<RunningServer> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const app = await createApp({ dispatcher, token, pages });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listen(server, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${address.port}/#${TOKEN_FRAGMENT}=${token}`,
    close: () => closeServer(server),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen(port, HOST, () => resolve());
  });
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  const another = 'Choose another with --port, or --port 0 for any free one.';
  if (error.code === 'EADDRINUSE') {
    return new ExpectedError('port-taken', `Port ${port} is taken by another program.`, another);
  }
  if (error.code === 'EACCES') {
    return new ExpectedError('port-denied', `Port ${port} may not be used without more rights.`, another);
  }
  return error;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
