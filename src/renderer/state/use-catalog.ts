import { useEffect } from 'react';
import type { CommandOutput } from '../../contract/commands';
import { type CallState, useClientCall } from './use-client-call';

/** The catalog with the user's own rows, read once for as long as the page stands. */
export function useCatalog(): CallState<CommandOutput<'catalog.read'>> {
  const { state, run } = useClientCall('catalog.read');
  useEffect(() => void run({}), [run]);
  return state;
}
