import { Text } from '@mantine/core';
import { useEffect } from 'react';
import type { Profile } from '../../core/profile/schema';
import { FailureAlert } from '../parts/failure-alert';
import { FindingsList } from '../parts/findings-list';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';

/** What costs speed or safety here; until the doctor has answered, what the probes found. */
export function DoctorPanel({ profile }: { profile: Profile }) {
  const { state, run } = useClientCall('doctor.diagnose');
  // The stored profile, which is the one shown: only of that can the doctor tell whether it is of this machine.
  useEffect(() => void run({}), [run]);

  const findings = state.kind === 'done' ? state.output.findings : profile.findings;
  const things = findings.length === 1 ? '1 thing' : `${findings.length} things`;
  return (
    <Panel title="Doctor" note={findings.length === 0 ? undefined : `${things} worth looking at`}>
      {state.kind === 'failed' ? <FailureAlert failure={state.failure} /> : null}
      {findings.length === 0 ? (
        <Text size="sm">Nothing was found that costs speed or safety.</Text>
      ) : (
        <FindingsList findings={findings} />
      )}
    </Panel>
  );
}
