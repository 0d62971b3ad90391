import { Select } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import type { FoundModel } from '../../contract/records';
import type { CatalogEntry } from '../../core/catalog/schema';
import { quantNames } from '../../core/model/quantise/quants';
import { FailureAlert } from '../parts/failure-alert';
import { useClientCall } from '../state/use-client-call';
import type { ModelStore } from '../state/use-model';
import { joinReference, splitReference } from './catalog-reference';
import { filterModels } from './filter-models';
import { CatalogOption, FoundOption } from './model-option';
import classes from './model-picker.module.css';

/** More options at once are slow to draw; the search finds the others. */
const MOST_SHOWN = 200;

/** One list of the models found on this machine and those known by name, and the quantisation of the latter. */
export function ModelPicker({ store }: { store: ModelStore }) {
  const { entries, models, loading, failure } = useKnownModels();
  const named = splitReference(store.reference, entries);
  const quant = named?.quant ?? null;
  // A file read by its path need not be in the list, and the list must then name no other model.
  const listed = named?.name ?? models.find(({ path }) => path === store.reference)?.path ?? null;
  const lists = useMemo(() => listsOf(entries, models), [entries, models]);
  const choose = (value: string | null) => {
    if (value === null) return;
    const known = entries.some(({ name }) => name === value);
    void store.read(known ? joinReference({ name: value, quant }) : value);
  };
  const chooseQuant = (value: string | null) => {
    if (named !== null && value !== null) void store.read(joinReference({ ...named, quant: value }));
  };
  const option = (value: string) => {
    const entry = entries.find(({ name }) => name === value);
    if (entry !== undefined) return <CatalogOption entry={entry} quant={quant} />;
    const model = models.find(({ path }) => path === value);
    return model === undefined ? value : <FoundOption model={model} />;
  };
  const shownQuant = quant ?? store.model?.quant ?? null;
  return (
    <div>
      <div className={classes.picker}>
        <Select
          label="Model"
          placeholder={loading ? 'Loading the catalog' : 'Search by name'}
          searchable
          limit={MOST_SHOWN}
          filter={filterModels}
          nothingFoundMessage="No model of that name"
          maxDropdownHeight={420}
          data={lists}
          value={listed}
          onChange={choose}
          allowDeselect={false}
          renderOption={({ option: { value } }) => option(value)}
        />
        <Select
          label="Quantisation"
          placeholder={shownQuant ?? 'usual'}
          data={quantNames}
          value={quantNames.find((name) => name === shownQuant) ?? null}
          disabled={named === null}
          allowDeselect={false}
          searchable
          onChange={chooseQuant}
        />
      </div>
      {failure === null ? null : <FailureAlert failure={failure} />}
    </div>
  );
}

const noEntries: readonly CatalogEntry[] = [];
const noModels: readonly FoundModel[] = [];

/** The catalog and the files on this machine; a search that finds nothing, or fails, costs only its group of the list. */
function useKnownModels() {
  const { state: catalog, run: loadCatalog } = useClientCall('model.catalog');
  const { state: found, run: findModels } = useClientCall('model.find');
  useEffect(() => {
    void loadCatalog({});
    void findModels({});
  }, [loadCatalog, findModels]);
  return {
    entries: catalog.kind === 'done' ? catalog.output.entries : noEntries,
    models: found.kind === 'done' ? found.output.models : noModels,
    loading: catalog.kind === 'running',
    failure: catalog.kind === 'failed' ? catalog.failure : null,
  };
}

function listsOf(entries: readonly CatalogEntry[], models: readonly FoundModel[]) {
  return [
    { group: 'On this machine', items: models.map(({ name, path }) => ({ value: path, label: name })) },
    { group: 'Catalog', items: entries.map(({ name, title }) => ({ value: name, label: title })) },
  ].filter(({ items }) => items.length > 0);
}
