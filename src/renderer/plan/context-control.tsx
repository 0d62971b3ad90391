import { Group, Slider, Text } from '@mantine/core';
import { formatInteger } from '../../core/report/format';
import { contextSteps, nearestStep, shortContext } from '../../core/sweep/context-steps';
import { NumberField } from './number-field';

interface ContextControlProps {
  readonly trained: number | null;
  readonly value: number | null;
  readonly planned: number | null;
  readonly onChange: (context: number | null) => void;
}

/** The context: in steps that grow as contexts do, or to the token. */
export function ContextControl({ trained, value, planned, onChange }: ContextControlProps) {
  const steps = contextSteps(trained);
  const shown = value ?? planned ?? steps[0]!;
  const last = steps.length - 1;
  return (
    <div>
      <NumberField
        label="Context"
        description={trained === null ? 'In tokens' : `In tokens; trained for ${formatInteger(trained)}`}
        placeholder={planned === null ? 'as the model allows' : formatInteger(planned)}
        value={value}
        min={1}
        max={2 ** 31 - 1}
        step={1024}
        onChange={onChange}
      />
      <Slider
        mt="sm"
        min={0}
        max={last}
        value={nearestStep(steps, shown)}
        onChange={(position) => onChange(steps[position]!)}
        label={null}
        thumbLabel="Context in steps"
        thumbValueText={() => `${formatInteger(shown)} tokens`}
      />
      <Group justify="space-between" mt={4}>
        <Text size="xs" c="dimmed">
          {shortContext(steps[0]!)}
        </Text>
        <Text size="xs" c="dimmed">
          {shortContext(steps[last]!)}
        </Text>
      </Group>
    </div>
  );
}
