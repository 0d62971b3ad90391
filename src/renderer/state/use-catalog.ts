import { useCallback, useEffect, useState } from 'react';
import type { CommandOutput } from '../../contract/commands';
import { catalogGpus } from '../../core/catalog/gpus/gpus';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import { type CallState, useClientCall } from './use-client-call';

type Read = CommandOutput<'catalog.read'>;

export interface CatalogStore {
  readonly state: CallState<Read>;
  /** What was read last; null until it was. */
  readonly catalog: Read | null;
  /** Reads it again, where the user's own rows changed. */
  readonly reload: () => void;
}

/** The catalog with the user's own rows, read once for as long as the page stands. */
export function useCatalog(): CatalogStore {
  const { state, run } = useClientCall('catalog.read');
  const [catalog, setCatalog] = useState<Read | null>(null);
  const reload = useCallback(
    () => void run({}).then((output) => output !== null && setCatalog(output)),
    [run],
  );
  useEffect(reload, [reload]);
  return { state, catalog, reload };
}

/** The cards known by name, the user's own among them once they are read. */
export function useCards(): readonly GpuSpec[] {
  return useCatalog().catalog?.gpus ?? catalogGpus();
}
