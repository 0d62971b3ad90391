import { Button, Group, Progress, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { CallState } from '../state/use-client-call';
import { formatPercent } from '../../core/report/format';
import { formatElapsed } from '../parts/format-time';
import { Panel } from '../parts/panel';

type Running = Extract<CallState<unknown>, { kind: 'running' }>;

/** How often the clock is redrawn; a tenth of a second is what it shows. */
const CLOCK_MS = 100;

/** A measurement under way: the step, how far, how long, and the way out. */
export function MeasuringPanel({ running, onCancel }: { running: Running; onCancel: () => void }) {
  const [cancelling, setCancelling] = useState(false);
  const { progress, startedAt } = running;
  const fraction = progress?.fraction ?? null;
  const label = cancelling ? 'Stopping' : (progress?.label ?? 'Starting');
  return (
    <Panel
      title="Measuring"
      actions={
        <Button
          variant="default"
          size="xs"
          disabled={cancelling}
          onClick={() => {
            setCancelling(true);
            onCancel();
          }}
        >
          Cancel
        </Button>
      }
    >
      <Group justify="space-between" mb={8} wrap="nowrap">
        <Text role="status" aria-live="polite">
          {label}
        </Text>
        <Text c="dimmed" size="sm" style={{ whiteSpace: 'nowrap' }}>
          {fraction === null ? '' : `${formatPercent(fraction)} · `}
          <Elapsed since={startedAt} />
        </Text>
      </Group>
      <Progress
        size="lg"
        value={fraction === null ? 100 : fraction * 100}
        striped={fraction === null}
        animated={fraction === null}
        aria-label="Measurement"
        transitionDuration={200}
      />
      <Text size="sm" c="dimmed" mt={10}>
        The figures are truest while nothing else works hard on this machine.
      </Text>
    </Panel>
  );
}

function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return <span role="timer">{formatElapsed(Math.max(0, now - since))}</span>;
}
