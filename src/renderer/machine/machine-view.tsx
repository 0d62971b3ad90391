import { Button, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { Profile } from '../../core/profile/schema';
import { FailureAlert } from '../parts/failure-alert';
import { formatTime } from '../parts/format-time';
import type { ProfileStore } from '../state/use-profile';
import { ComparePanel } from './compare-panel';
import { DoctorPanel } from './doctor-panel';
import { EmptyMachine } from './empty-machine';
import { Hardware } from './hardware';
import { MeasurePanel } from './measure-panel';
import { MeasuringPanel } from './measuring-panel';
import classes from './machine-view.module.css';
import { ExportMenu, ImportButton } from './profile-files';

/** What this machine is: measured, about to be, or not yet. */
export function MachineView({ store }: { store: ProfileStore }) {
  const [preparing, setPreparing] = useState(false);
  const { state, measuring, importing } = store;
  const running = measuring.state.kind === 'running';

  const start = (directories: readonly string[], quick: boolean) => {
    setPreparing(false);
    void store.measure({ quick, directories: [...directories] });
  };

  return (
    <Stack gap="md">
      {state.kind === 'known' ? (
        <MachineHead
          profile={state.profile}
          path={state.path}
          store={store}
          onMeasure={() => setPreparing(true)}
          onQuickLook={() => start([], true)}
          busy={running || preparing}
        />
      ) : null}
      {importing.state.kind === 'failed' ? (
        <FailureAlert
          title="The file was not imported"
          failure={importing.state.failure}
          onClose={importing.reset}
        />
      ) : null}
      {measuring.state.kind === 'failed' ? (
        <FailureAlert
          title="The measurement did not finish"
          failure={measuring.state.failure}
          onClose={measuring.reset}
        />
      ) : null}
      {measuring.state.kind === 'running' ? (
        <MeasuringPanel running={measuring.state} onCancel={measuring.cancel} />
      ) : null}
      {preparing && !running ? (
        <MeasurePanel
          onStart={(directories) => start(directories, false)}
          onClose={() => setPreparing(false)}
        />
      ) : null}
      {state.kind === 'loading' ? <Loading /> : null}
      {state.kind === 'failed' ? (
        <FailureAlert failure={state.failure}>
          <Button mt="sm" variant="default" onClick={() => void store.reload()}>
            Try again
          </Button>
        </FailureAlert>
      ) : null}
      {state.kind === 'none' && !running && !preparing ? (
        <EmptyMachine
          store={store}
          onMeasure={() => setPreparing(true)}
          onQuickLook={() => start([], true)}
        />
      ) : null}
      {state.kind === 'known' ? <Measured profile={state.profile} /> : null}
    </Stack>
  );
}

interface MachineHeadProps {
  readonly profile: Profile;
  readonly path: string;
  readonly store: ProfileStore;
  readonly onMeasure: () => void;
  readonly onQuickLook: () => void;
  readonly busy: boolean;
}

function MachineHead({ profile, path, store, onMeasure, onQuickLook, busy }: MachineHeadProps) {
  return (
    <Group justify="space-between" align="flex-end" gap="md">
      <div className={classes.title}>
        <Title order={1} size="h2">
          This machine
        </Title>
        <Text c="dimmed" size="sm">
          Measured {formatTime(profile.created)} by {profile.generator} · kept in {path}
        </Text>
      </div>
      <Group gap="xs">
        <ImportButton store={store} />
        <ExportMenu />
        <Button variant="default" onClick={onQuickLook} disabled={busy}>
          Quick look (2 s)
        </Button>
        <Button onClick={onMeasure} disabled={busy}>
          Measure this machine
        </Button>
      </Group>
    </Group>
  );
}

function Measured({ profile }: { profile: Profile }) {
  return (
    <>
      <DoctorPanel key={`doctor ${profile.created}`} profile={profile} />
      <Hardware profile={profile} />
      <ComparePanel key={`comparison ${profile.created}`} profile={profile} />
    </>
  );
}

function Loading() {
  return (
    <Group justify="center" mih={320} role="status">
      <Loader size="sm" />
      <Text c="dimmed">Looking for earlier measurements</Text>
    </Group>
  );
}
