import { Group, NativeSelect, Switch } from '@mantine/core';
import type { ReceiptHead } from '../../core/receipt/receipt-head';
import { choicesOf, modelOf, type ReceiptFilter } from './filter-receipts';

interface ReceiptFiltersProps {
  readonly receipts: readonly ReceiptHead[];
  readonly filter: ReceiptFilter;
  readonly onChange: (filter: ReceiptFilter) => void;
}

/** Which of the receipts are shown. */
export function ReceiptFilters({ receipts, filter, onChange }: ReceiptFiltersProps) {
  const select = (label: string, field: 'model' | 'tool' | 'place', choices: readonly string[]) => (
    <NativeSelect
      label={label}
      size="sm"
      value={filter[field]}
      onChange={(event) => onChange({ ...filter, [field]: event.currentTarget.value })}
      data={[{ value: '', label: 'All' }, ...choices]}
    />
  );
  return (
    <Group gap="md" align="flex-end">
      {select('Model', 'model', choicesOf(receipts, modelOf))}
      {select(
        'Runtime',
        'tool',
        choicesOf(receipts, (head) => head.tool),
      )}
      {select(
        'Place',
        'place',
        choicesOf(receipts, (head) => head.place),
      )}
      <Switch
        label="Disturbed runs too"
        checked={filter.disturbed}
        onChange={(event) => onChange({ ...filter, disturbed: event.currentTarget.checked })}
        mb={6}
      />
    </Group>
  );
}
