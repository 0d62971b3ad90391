import { createClient } from '../contract/client';
import { App } from './app';
import { ConnectionGate } from './connection-gate';
import { renderPage } from './render-page';
import { createHttpTransport } from './transport/http-transport';
import { newTaskId } from './transport/new-task-id';
import { takeToken } from './transport/token';

const transport = createHttpTransport(window.location.origin, takeToken(window));
const client = createClient(transport, newTaskId);

renderPage(
  <ConnectionGate connection={transport.connection}>
    <App client={client} host={{ pathOf: () => null }} />
  </ConnectionGate>,
);
