import { MultiSelect, Select, SimpleGrid, Switch, TextInput } from '@mantine/core';
import { gpuClasses, gpuVendors } from '../../core/catalog/gpus/schema';
import { matrixPrecisions } from '../../core/matrix/precisions';
import { type MatrixMode, matrixModes } from '../../core/matrix/schema';
import { NumberField } from '../parts/number-field';

/** What the page shows, as it is set. */
export interface MatrixChoice {
  readonly context: number;
  readonly precision: string;
  readonly mode: MatrixMode;
  readonly classes: readonly string[];
  readonly vendors: readonly string[];
  /** Words of which a model's name must hold one. */
  readonly models: string;
  readonly runs: boolean;
  readonly order: MatrixOrder;
}

/** Order of the models: as the catalog has them, by name, the smallest first, or those first that run on most cards. */
export const matrixOrders = ['catalog', 'name', 'required', 'cards'] as const;
export type MatrixOrder = (typeof matrixOrders)[number];

export const usualChoice: MatrixChoice = {
  context: 8192,
  precision: 'q4_k_m',
  mode: 'conservative',
  classes: ['consumer'],
  vendors: [],
  models: '',
  runs: false,
  order: 'catalog',
};

const orderLabels: Readonly<Record<MatrixOrder, string>> = {
  catalog: 'By family',
  name: 'By name',
  required: 'Smallest first',
  cards: 'On most cards first',
};

const modeLabels: Readonly<Record<MatrixMode, string>> = {
  theoretical: 'Rule of thumb, theoretical',
  conservative: 'Rule of thumb, conservative',
  production: 'Rule of thumb, production',
  exact: 'Exact, by the planner',
};

const classLabels: Readonly<Record<string, string>> = {
  consumer: 'Consumer',
  workstation: 'Workstation',
  'data-centre': 'Data centre',
  apple: 'Apple',
};

const vendorLabels: Readonly<Record<string, string>> = {
  nvidia: 'NVIDIA',
  amd: 'AMD',
  intel: 'Intel',
  apple: 'Apple',
  other: 'Others',
};

interface MatrixControlsProps {
  readonly choice: MatrixChoice;
  readonly onChange: (change: Partial<MatrixChoice>) => void;
}

/** Context, precision and which part of the matrix to show. */
export function MatrixControls({ choice, onChange }: MatrixControlsProps) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md">
      <NumberField
        label="Context"
        suffix=" tokens"
        value={choice.context}
        min={1}
        max={2 ** 31 - 1}
        step={1024}
        onChange={(context) => onChange({ context: context ?? usualChoice.context })}
      />
      <Select
        label="Precision"
        data={matrixPrecisions.map(({ id }) => id)}
        value={choice.precision}
        allowDeselect={false}
        searchable
        onChange={(precision) => precision !== null && onChange({ precision })}
      />
      <Select
        label="Figures"
        data={matrixModes.map((value) => ({ value, label: modeLabels[value] }))}
        value={choice.mode}
        allowDeselect={false}
        onChange={(mode) => mode !== null && onChange({ mode })}
      />
      <TextInput
        label="Models"
        placeholder="All; a part of the name"
        value={choice.models}
        onChange={(event) => onChange({ models: event.currentTarget.value })}
      />
      <MultiSelect
        label="Classes of cards"
        placeholder={choice.classes.length === 0 ? 'All' : ''}
        data={gpuClasses.map((value) => ({ value, label: classLabels[value] ?? value }))}
        value={[...choice.classes]}
        onChange={(classes) => onChange({ classes })}
        clearable
      />
      <MultiSelect
        label="Makers"
        placeholder={choice.vendors.length === 0 ? 'All' : ''}
        data={gpuVendors.map((value) => ({ value, label: vendorLabels[value] ?? value }))}
        value={[...choice.vendors]}
        onChange={(vendors) => onChange({ vendors })}
        clearable
      />
      <Select
        label="Order"
        data={matrixOrders.map((value) => ({ value, label: orderLabels[value] }))}
        value={choice.order}
        allowDeselect={false}
        onChange={(order) => order !== null && onChange({ order })}
      />
      <Switch
        label="Only models that run on a card shown"
        checked={choice.runs}
        onChange={(event) => onChange({ runs: event.currentTarget.checked })}
        mt={{ base: 0, md: 30 }}
      />
    </SimpleGrid>
  );
}

/** What was stored, where it still is a choice. */
export function acceptChoice(stored: unknown): MatrixChoice | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { context, precision, mode, classes, vendors, models, runs, order } = stored as Partial<MatrixChoice>;
  const known =
    Number.isSafeInteger(context) &&
    matrixPrecisions.some(({ id }) => id === precision) &&
    matrixModes.some((each) => each === mode) &&
    Array.isArray(classes) &&
    Array.isArray(vendors) &&
    typeof models === 'string' &&
    typeof runs === 'boolean' &&
    matrixOrders.some((each) => each === order);
  return known ? (stored as MatrixChoice) : null;
}
