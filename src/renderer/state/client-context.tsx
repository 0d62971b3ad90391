import { createContext, use, type ReactNode } from 'react';
import type { Client } from '../../contract/client';
import type { Host } from '../host';

interface Connections {
  readonly client: Client;
  readonly host: Host;
}

const ConnectionsContext = createContext<Connections | null>(null);

/** Makes the client and the host known to everything inside. */
export function ClientProvider({ client, host, children }: Connections & { children: ReactNode }) {
  return <ConnectionsContext value={{ client, host }}>{children}</ConnectionsContext>;
}

/** The client and the host that this window was given. */
export function useConnections(): Connections {
  const connections = use(ConnectionsContext);
  if (connections === null) throw new Error('There is no ClientProvider around this component.');
  return connections;
}
