import type { Client } from '../contract/client';
import type { Host } from './window-host';
import { ClientProvider } from './state/client-context';
import { Workplace } from './workplace';

/** The whole window. It is handed a client and never asks where it runs. */
export function App({ client, host }: { client: Client; host: Host }) {
  return (
    <ClientProvider client={client} host={host}>
      <Workplace />
    </ClientProvider>
  );
}
