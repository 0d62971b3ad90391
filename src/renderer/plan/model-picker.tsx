import { Badge, Select, type ComboboxItem } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import type { CatalogEntry } from '../../core/catalog/schema';
import { formatFileSize, formatParameters } from '../../core/report/format';
import type { FoundModel } from '../../contract/records';
import { FailureAlert } from '../parts/failure-alert';
import { useClientCall } from '../state/use-client-call';
import type { ModelStore } from '../state/use-model';
import { catalogBytes } from './catalog-bytes';
import { catalogQuants, DEFAULT_QUANT, joinReference, splitReference } from './catalog-reference';
import classes from './model-picker.module.css';

/** One list of the models found on this machine and those known by name, and the quantisation of the latter. */
export function ModelPicker({ store }: { store: ModelStore }) {
  const catalog = useClientCall('model.catalog');
  const found = useClientCall('model.find');
  const { run: loadCatalog } = catalog;
  const { run: findModels } = found;
  useEffect(() => {
    void loadCatalog({});
    void findModels({});
  }, [loadCatalog, findModels]);

  const entries = catalog.state.kind === 'done' ? catalog.state.output.entries : noEntries;
  const models = found.state.kind === 'done' ? found.state.output.models : noModels;
  const named = splitReference(store.reference, entries);
  const quant = named?.quant ?? DEFAULT_QUANT;
  const options = useMemo(() => optionsOf(entries, models, quant), [entries, models, quant]);

  const choose = (value: string | null) => {
    if (value === null) return;
    void store.read(entries.some(({ name }) => name === value) ? joinReference(value, quant) : value);
  };
  return (
    <div>
      <div className={classes.picker}>
        <Select
          label="Model"
          placeholder={catalog.state.kind === 'running' ? 'Loading the catalog' : 'Search by name'}
          searchable
          nothingFoundMessage="No model of that name"
          maxDropdownHeight={420}
          data={options.groups}
          value={named?.name ?? store.reference}
          onChange={choose}
          allowDeselect={false}
          renderOption={({ option }) => (
            <Option item={option} facts={options.facts.get(option.value) ?? null} />
          )}
        />
        <Select
          label="Quantisation"
          data={[...catalogQuants]}
          value={quant}
          disabled={named === null && store.reference !== null}
          allowDeselect={false}
          searchable
          onChange={(value) =>
            named !== null && value !== null && void store.read(joinReference(named.name, value))
          }
        />
      </div>
      {catalog.state.kind === 'failed' ? <FailureAlert failure={catalog.state.failure} /> : null}
    </div>
  );
}

const noEntries: readonly CatalogEntry[] = [];
const noModels: readonly FoundModel[] = [];

interface Facts {
  readonly badges: readonly string[];
  readonly detail: string;
}

function optionsOf(entries: readonly CatalogEntry[], models: readonly FoundModel[], quant: string) {
  const facts = new Map<string, Facts>();
  for (const { path, bytes, origin } of models) {
    facts.set(path, { badges: [origin], detail: formatFileSize(bytes) });
  }
  for (const entry of entries) facts.set(entry.name, factsOf(entry, quant));
  const groups = [
    { group: 'On this machine', items: models.map(({ name, path }) => ({ value: path, label: name })) },
    { group: 'Catalog', items: entries.map(({ name, title }) => ({ value: name, label: title })) },
  ].filter(({ items }) => items.length > 0);
  return { groups, facts };
}

function factsOf({ name, kinds, parameters }: CatalogEntry, quant: string): Facts {
  const bytes = catalogBytes(name, quant);
  const size = bytes === null ? null : `${formatFileSize(bytes)} at ${quant}`;
  const count =
    parameters.active < parameters.total
      ? `${formatParameters(parameters.total)}, ${formatParameters(parameters.active)} active`
      : formatParameters(parameters.total);
  return { badges: kinds, detail: size === null ? count : `${count} · ${size}` };
}

function Option({ item, facts }: { item: ComboboxItem; facts: Facts | null }) {
  return (
    <div className={classes.option}>
      <span className={classes.title}>{item.label}</span>
      <span className={classes.badges}>
        {facts?.badges.map((badge) => (
          <Badge
            key={badge}
            size="sm"
            variant="light"
            color={badgeColours[badge] ?? 'gray'}
            tt="none"
            fw={550}
          >
            {badge}
          </Badge>
        ))}
      </span>
      <span className={classes.detail}>{facts?.detail}</span>
    </div>
  );
}

const badgeColours: Readonly<Record<string, string>> = {
  dense: 'gray',
  mixture: 'sea',
  sliding: 'starboard',
  latent: 'brass',
  hybrid: 'port',
};
