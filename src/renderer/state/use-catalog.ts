import { useEffect } from 'react';
import type { CommandOutput } from '../../contract/commands';
import { catalogGpus } from '../../core/catalog/gpus/gpus';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import { type CallState, useClientCall } from './use-client-call';

/** The catalog with the user's own rows, read once for as long as the page stands. */
export function useCatalog(): CallState<CommandOutput<'catalog.read'>> {
  const { state, run } = useClientCall('catalog.read');
  useEffect(() => void run({}), [run]);
  return state;
}

/** The cards known by name, the user's own among them once they are read. */
export function useCards(): readonly GpuSpec[] {
  const catalog = useCatalog();
  return catalog.kind === 'done' ? catalog.output.gpus : catalogGpus();
}
