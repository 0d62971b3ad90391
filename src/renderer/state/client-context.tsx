import { createContext, use, useMemo, type ReactNode } from 'react';
import type { Client } from '../../contract/client';
import type { Host } from '../window-host';

interface Connections {
  readonly client: Client;
  readonly host: Host;
}

const ConnectionsContext = createContext<Connections | null>(null);

/** Makes the client and the host known to everything inside. */
export function ClientProvider({ client, host, children }: Connections & { children: ReactNode }) {
  const connections = useMemo(() => ({ client, host }), [client, host]);
  return <ConnectionsContext value={connections}>{children}</ConnectionsContext>;
}

/** The client and the host that this window was given. */
export function useConnections(): Connections {
  const connections = use(ConnectionsContext);
  if (connections === null) throw new Error('There is no ClientProvider around this component.');
  return connections;
}
