import { MultiSelect, Select, SimpleGrid, TextInput } from '@mantine/core';
import type { Catalog } from '../../core/catalog/catalog';
import { kvPrecisions } from '../../core/catalog/attention/schema';
import { catalogEntries } from '../../core/catalog/models';
import { cachePolicies, haModes } from '../../core/fleet/schema';
import { NumberField } from '../parts/number-field';
import { type FleetChoice, fleetQuants, usualFleet } from './fleet-question';

interface FleetInputsProps {
  readonly choice: FleetChoice;
  readonly catalog: Catalog;
  readonly onChange: (change: Partial<FleetChoice>) => void;
}

const haLabels = { none: 'None', 'n+1': 'One (N+1)', 'n+2': 'Two (N+2)' } as const;
const policyLabels = { 'window-tokens': 'Tokens of the window', 'llama.cpp': 'Cells of llama.cpp' } as const;

/** What is served, on what, and how much of it. */
export function FleetInputs({ choice, catalog, onChange }: FleetInputsProps) {
  const rows = catalog.models.map(({ name }) => name);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 4 }} spacing="md">
      <Select
        label="Model"
        data={[
          { group: 'By their attention', items: rows },
          { group: 'With their weights', items: catalogEntries().map(({ name }) => name) },
        ]}
        value={choice.model}
        searchable
        allowDeselect={false}
        onChange={(model) => model !== null && onChange({ model })}
      />
      <Select
        label="Weights stored in"
        data={[...fleetQuants]}
        value={choice.quant}
        allowDeselect={false}
        disabled={rows.includes(choice.model)}
        onChange={(quant) => quant !== null && onChange({ quant })}
      />
      <Select
        label="Server"
        data={catalog.servers.map(({ name }) => name)}
        value={choice.server}
        searchable
        allowDeselect={false}
        onChange={(server) => server !== null && onChange({ server })}
      />
      <Select
        label="Storage"
        data={catalog.storage.map(({ name }) => name)}
        value={choice.storage}
        allowDeselect={false}
        onChange={(storage) => storage !== null && onChange({ storage })}
      />
      <NumberField
        label="Sessions at a time"
        value={choice.concurrency}
        min={1}
        max={1e9}
        step={100}
        onChange={(concurrency) => onChange({ concurrency: concurrency ?? usualFleet.concurrency })}
      />
      <NumberField
        label="Context of a session"
        suffix=" tokens"
        value={choice.context}
        min={1}
        max={2 ** 31 - 1}
        step={4096}
        onChange={(context) => onChange({ context: context ?? usualFleet.context })}
      />
      <Select
        label="Cache stored in"
        placeholder="The model’s own"
        data={[...kvPrecisions]}
        value={choice.precision}
        clearable
        onChange={(precision) => onChange({ precision })}
      />
      <Select
        label="Cache counted as"
        data={cachePolicies.map((value) => ({ value, label: policyLabels[value] }))}
        value={choice.policy}
        allowDeselect={false}
        onChange={(policy) => policy !== null && onChange({ policy })}
      />
      <NumberField
        label="Flat overhead of a node"
        placeholder="Weights are counted"
        suffix=" GiB"
        value={choice.overheadGib}
        min={0}
        max={1e9}
        onChange={(overheadGib) => onChange({ overheadGib })}
      />
      <NumberField
        label="Cards of a copy"
        placeholder="What holds most"
        value={choice.tensorParallel}
        min={1}
        max={10_000}
        onChange={(tensorParallel) => onChange({ tensorParallel })}
      />
      <NumberField
        label="Share for caches"
        suffix=" %"
        value={choice.budgetPercent}
        min={1}
        max={100}
        step={5}
        onChange={(percent) => onChange({ budgetPercent: percent ?? usualFleet.budgetPercent })}
      />
      <NumberField
        label="Room for peaks"
        suffix=" %"
        value={choice.headroomPercent}
        min={0}
        max={1000}
        step={5}
        onChange={(percent) => onChange({ headroomPercent: percent ?? usualFleet.headroomPercent })}
      />
      <Select
        label="Spare nodes, recommended"
        data={haModes.map((value) => ({ value, label: haLabels[value] }))}
        value={choice.haMode}
        allowDeselect={false}
        onChange={(haMode) => haMode !== null && onChange({ haMode })}
      />
      <Percentiles choice={choice} onChange={onChange} />
      <NumberField
        label="Price of a server"
        value={choice.price}
        min={0}
        max={1e12}
        step={1000}
        onChange={(price) => onChange({ price })}
      />
      <TextInput
        label="Currency"
        value={choice.currency}
        maxLength={3}
        error={/^[A-Z]{3}$/u.test(choice.currency) ? null : 'Three letters'}
        onChange={(event) => onChange({ currency: event.currentTarget.value.toUpperCase() })}
      />
      <MultiSelect
        label="Beside it"
        data={catalog.servers.map(({ name }) => name)}
        value={[...choice.compare]}
        searchable
        clearable
        maxValues={8}
        onChange={(compare) => onChange({ compare })}
      />
    </SimpleGrid>
  );
}

function Percentiles({ choice, onChange }: Pick<FleetInputsProps, 'choice' | 'onChange'>) {
  return (
    <>
      {(['p50', 'p95', 'p99'] as const).map((name) => (
        <NumberField
          key={name}
          label={`Contexts, ${name}`}
          placeholder="All alike"
          suffix=" tokens"
          value={choice[name]}
          min={1}
          max={2 ** 31 - 1}
          step={1024}
          onChange={(tokens) => onChange({ [name]: tokens })}
        />
      ))}
    </>
  );
}

/** What was stored, over what is usual: fields of another time are left out. */
export function acceptFleet(stored: unknown): FleetChoice | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const kept = Object.entries(stored).filter(([name, value]) => {
    if (!(name in usualFleet)) return false;
    const usual = usualFleet[name as keyof FleetChoice];
    if (value === null) return usual === null;
    return usual === null ? typeof value !== 'object' : typeof value === typeof usual;
  });
  return { ...usualFleet, ...Object.fromEntries(kept) };
}
