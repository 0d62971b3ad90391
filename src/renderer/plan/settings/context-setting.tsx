import { Group, Slider, Text } from '@mantine/core';
import { formatInteger } from '../../../core/report/format';
import { contextSteps, nearestStep, shortContext } from '../../../core/sweep/context-steps';
import { NumberField } from '../../parts/number-field';
import type { PlanStore } from '../../state/use-request';
import { Hint, Setting } from './setting';

interface ContextSettingProps {
  readonly trained: number | null;
  readonly planned: number | null;
  readonly store: PlanStore;
}

/** The context: in steps that grow as contexts do, or to the token. */
export function ContextSetting({ trained, planned, store }: ContextSettingProps) {
  const value = store.request.context;
  const steps = contextSteps(trained);
  const shown = value ?? planned ?? steps[0]!;
  const last = steps.length - 1;
  const onChange = (context: number | null) => store.change({ context });
  return (
    <Setting name="Context" fields={['context']} store={store}>
      <NumberField
        label="Context"
        description={
          <Hint flag="-c">{trained === null ? 'in tokens' : `trained for ${formatInteger(trained)}`}</Hint>
        }
        placeholder={planned === null ? 'as the model allows' : formatInteger(planned)}
        value={value}
        min={1}
        max={2 ** 31 - 1}
        step={1024}
        whole
        onChange={onChange}
      />
      <Slider
        mt="sm"
        min={0}
        max={last}
        value={nearestStep(steps, shown)}
        color={value === null ? 'gray' : 'sea'}
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
    </Setting>
  );
}
