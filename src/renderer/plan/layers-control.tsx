import { Group, Input, SegmentedControl, Slider, Text } from '@mantine/core';
import { useId } from 'react';

interface LayersControlProps {
  readonly label: string;
  /** As many as the model has; null where that is not known. */
  readonly most: number | null;
  /** Null: the planner chooses. */
  readonly value: number | null;
  readonly planned: number | null;
  readonly onChange: (layers: number | null) => void;
}

/** A number of layers: the planner's choice, or fixed. */
export function LayersControl({ label, most, value, planned, onChange }: LayersControlProps) {
  const labelId = useId();
  const shown = value ?? planned;
  return (
    <div role="group" aria-labelledby={labelId}>
      <Group justify="space-between" mb={6}>
        <Input.Label id={labelId} labelElement="div">
          {label}
        </Input.Label>
        <Text size="sm" fw={600}>
          {shown ?? 'unknown'}
          {most === null ? '' : ` of ${most}`}
        </Text>
      </Group>
      <Group gap="md" wrap="nowrap">
        <Slider
          flex={1}
          min={0}
          max={most ?? 1}
          value={shown ?? 0}
          disabled={most === null}
          color={value === null ? 'gray' : 'sea'}
          label={null}
          thumbLabel={label}
          onChange={onChange}
        />
        <SegmentedControl
          size="xs"
          aria-labelledby={labelId}
          data={[
            { value: 'auto', label: 'Auto' },
            { value: 'fixed', label: 'Fixed' },
          ]}
          value={value === null ? 'auto' : 'fixed'}
          onChange={(mode) => onChange(mode === 'auto' ? null : (planned ?? 0))}
        />
      </Group>
    </div>
  );
}
