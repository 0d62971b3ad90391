import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Catalog } from '../../core/catalog/catalog';
import { useCatalog } from '../state/use-catalog';
import { FailureAlert } from './failure-alert';
import { OwnRows } from './own-rows';

/** What needs the catalog, with the user's own rows beneath; the catalog before stays while it is read again. */
export function CatalogFrame({ children }: { children: (catalog: Catalog) => ReactNode }) {
  const { state, catalog, reload } = useCatalog();
  return (
    <>
      {state.kind === 'failed' ? (
        <FailureAlert title="The catalog was not read" failure={state.failure} />
      ) : null}
      {state.kind === 'running' && catalog === null ? (
        <Loader size="sm" aria-label="Reading the catalog" />
      ) : null}
      {catalog === null ? null : children(catalog)}
      <OwnRows onChange={reload} />
    </>
  );
}
