import { NativeSelect, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { CommandOutput } from '../../contract/commands';
import type { Comparison } from '../../core/profile/comparison';
import type { Profile } from '../../core/profile/schema';
import { Disclosure } from '../parts/disclosure';
import { FailureAlert } from '../parts/failure-alert';
import { formatTime } from '../parts/format-time';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';
import { ChangeTable } from './change-table';
import classes from './compare-panel.module.css';

type Measurements = CommandOutput<'profile.history'>['measurements'];

/** What changed since an earlier measurement, which can be chosen; nothing where none is kept. */
export function ComparePanel({ profile }: { profile: Profile }) {
  const { run: loadHistory } = useClientCall('profile.history');
  const { state, run: compare } = useClientCall('profile.compare');
  const [measurements, setMeasurements] = useState<Measurements>([]);
  const [chosen, setChosen] = useState<string | null>(null);

  useEffect(() => {
    void loadHistory({}).then((output) => output && setMeasurements(output.measurements));
  }, [loadHistory]);

  const others = measurements.filter((measurement) => measurement.created !== profile.created);
  const id = others.find((measurement) => measurement.id === chosen)?.id ?? others[0]?.id ?? null;
  useEffect(() => {
    if (id !== null) void compare({ before: id, after: profile });
  }, [compare, id, profile]);

  if (id === null) return null;
  return (
    <Panel
      title="Compared with"
      actions={
        <NativeSelect
          aria-label="Earlier measurement"
          size="xs"
          value={id}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={others.map((other) => ({ value: other.id, label: formatTime(other.created) }))}
        />
      }
    >
      {state.kind === 'failed' ? <FailureAlert failure={state.failure} /> : null}
      {state.kind === 'done' && state.output.comparison !== null ? (
        <Differences comparison={state.output.comparison} />
      ) : null}
    </Panel>
  );
}

function Differences({ comparison }: { comparison: Comparison }) {
  const { changes, unchanged, other_machine: other } = comparison;
  const real = changes.filter(({ kind }) => kind !== 'within-spread' && kind !== 'momentary');
  const noise = changes.filter((change) => !real.includes(change));
  return (
    <Stack gap="sm">
      {other === null ? null : (
        <Text size="sm" className={classes.warning}>
          These are two machines, so differences are no changes. {other}
        </Text>
      )}
      {real.length === 0 ? (
        <Text size="sm" role="status">
          Nothing changed beyond the measured spread.
        </Text>
      ) : (
        <ChangeTable changes={real} caption="What changed" />
      )}
      {noise.length === 0 ? null : (
        <Disclosure title={`${noise.length} within the spread, or different at every look`}>
          <ChangeTable changes={noise} caption="What differs without having changed" />
        </Disclosure>
      )}
      <Text size="sm" c="dimmed">
        {unchanged} figures are as they were.
      </Text>
    </Stack>
  );
}
