import { Group, Skeleton, Stack, Title } from '@mantine/core';
import { FailureAlert } from '../parts/failure-alert';
import type { ModelStore } from '../state/use-model';
import { usePlan, type Outcome, type PlanStore } from '../state/use-plan';
import type { ProfileStore } from '../state/use-profile';
import { Controls } from './controls';
import { ModelPanel } from './model-panel';
import { NotMeasured } from './not-measured';
import { PlanResult } from './plan-result';
import classes from './plan-view.module.css';
import { VerdictPanel } from './verdict-panel';

interface PlanViewProps {
  readonly profileStore: ProfileStore;
  readonly modelStore: ModelStore;
  readonly planStore: PlanStore;
  readonly fileDialogs: boolean;
}

/** The least that a verdict takes, so that little moves when the first one comes. */
const VERDICT_HEIGHT = 152;

/** Will this model run here: a model, what is asked of it, and the answer. */
export function PlanView({ profileStore, modelStore, planStore, fileDialogs }: PlanViewProps) {
  const profile = profileStore.state.kind === 'known' ? profileStore.state.profile : null;
  const { model } = modelStore;
  const { outcome, working } = usePlan(model, profile, planStore.request);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <Title order={1} size="h2">
          Will it run here?
        </Title>
      </Group>
      {profileStore.state.kind === 'none' ? <NotMeasured store={profileStore} /> : null}
      {profileStore.state.kind === 'failed' ? <FailureAlert failure={profileStore.state.failure} /> : null}
      <ModelPanel store={modelStore} fileDialogs={fileDialogs} />
      {model === null ? null : (
        <div className={classes.grid} aria-busy={working}>
          <div className={classes.verdict}>
            {outcome === null && working ? <Skeleton h={VERDICT_HEIGHT} radius={12} /> : null}
            <Verdict outcome={outcome} onChange={planStore.change} />
          </div>
          <div className={classes.controls}>
            <Controls model={model} profile={profile} outcome={outcome} store={planStore} />
          </div>
          <div className={classes.result}>
            {outcome?.kind === 'planned' && profile !== null ? (
              <PlanResult model={model} profile={profile} plan={outcome.plan} request={planStore.request} />
            ) : null}
          </div>
        </div>
      )}
    </Stack>
  );
}

function Verdict({ outcome, onChange }: { outcome: Outcome | null; onChange: PlanStore['change'] }) {
  if (outcome === null) return null;
  if (outcome.kind === 'failed') {
    return <FailureAlert title="The plan could not be worked out" failure={outcome.failure} />;
  }
  return <VerdictPanel plan={outcome.plan} onChange={onChange} />;
}
