import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import type { Plan } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { machineId } from '../../core/receipt/machine-id';
import { formatTokenRate } from '../../core/report/format';
import { formatError } from '../../core/report/receipt-text';
import { MeasuringPanel } from '../machine/measuring-panel';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import { useClientCall, type ClientCall } from '../state/use-client-call';
import { hrefOf } from '../state/use-route';
import { RuntimeOffer } from './runtime-offer';

interface TrialPanelProps {
  readonly plan: Plan;
  readonly profile: Profile;
  /** Lives with the window, so that looking at another view does not end it. */
  readonly trial: ClientCall<'trial.run'>;
}

/** Runs the plan as it is shown on llama.cpp, where that is here; nothing where it is not. */
export function TrialPanel({ plan, profile, trial }: TrialPanelProps) {
  const { state: runtimes, run: look } = useClientCall('trial.runtimes');
  useEffect(() => void look({}), [look]);
  const found = runtimes.kind === 'done' ? runtimes.output.runtimes : [];
  if (trial.state.kind === 'running') return <MeasuringPanel running={trial.state} onCancel={trial.cancel} />;
  if (runtimes.kind !== 'done') return null;
  if (found.length === 0) return <RuntimeOffer onInstalled={() => void look({})} />;
  const start = () =>
    void trial.run({ plan: { ...plan, profile_id: machineId(profile) }, profile, runtime: 'auto' });
  return (
    <Panel
      title="Trial"
      note="the plan on llama.cpp, watched"
      actions={
        <Button size="xs" variant="default" disabled={plan.verdict === 'refuse'} onClick={start}>
          Run a trial
        </Button>
      }
    >
      <Stack gap="sm">
        {trial.state.kind === 'failed' ? (
          <FailureAlert
            title="The trial did not finish"
            failure={trial.state.failure}
            onClose={trial.reset}
          />
        ) : null}
        {trial.state.kind === 'done' ? <Outcome output={trial.state.output} /> : null}
        {trial.state.kind === 'idle' ? (
          <Text size="sm" c="dimmed">
            {plan.verdict === 'refuse'
              ? 'A plan that is refused is not run from here.'
              : `Measures decode and prompts, and memory by component, beside this plan. Here: ${found.map(({ tool }) => tool).join(', ')}.`}
          </Text>
        ) : null}
      </Stack>
    </Panel>
  );
}

type Done = Extract<ClientCall<'trial.run'>['state'], { kind: 'done' }>;

function Outcome({ output: { receipt, not_kept: notKept } }: { output: Done['output'] }) {
  return (
    <Text role="status">
      {receipt.model.name}:{' '}
      {receipt.stopped_by === null
        ? `measured ${formatTokenRate(receipt.measured_decode_tok_s)}, predicted ${formatTokenRate(receipt.predicted_decode_tok_s)}, error ${formatError(receipt.decode_error_pct)}.`
        : receipt.stopped_by.message}{' '}
      {receipt.disturbed && receipt.stopped_by === null ? 'The run was disturbed. ' : ''}
      {notKept ?? <Anchor href={hrefOf('receipts')}>See the receipts</Anchor>}
    </Text>
  );
}
