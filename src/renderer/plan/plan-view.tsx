import { Group, Skeleton, Stack, Title } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import type { Model } from '../../core/model/schema';
import { FailureAlert } from '../parts/failure-alert';
import type { ExactStore } from '../state/use-exact';
import { useCalibration } from '../state/use-calibration';
import { useCards } from '../state/use-catalog';
import type { ClientCall } from '../state/use-client-call';
import type { ModelStore } from '../state/use-model';
import { usePlan, type Outcome } from '../state/use-plan';
import type { PlanStore } from '../state/use-request';
import type { ProfileStore } from '../state/use-profile';
import { machineOf, type WhatIf } from '../state/use-what-if';
import { ExactPanel, problemsOf } from './exact-panel';
import { ModelPanel } from './model-panel';
import { NotMeasured } from './not-measured';
import { OraclePanel } from './oracle-panel';
import { PlanResult } from './plan-result';
import { SettingsPanel } from './settings/settings-panel';
import classes from './plan-view.module.css';
import { TrialPanel } from './trial-panel';
import { VerdictPanel } from './verdict-panel';
import { WhatIfBar } from './what-if-bar';

interface PlanViewProps {
  readonly profileStore: ProfileStore;
  readonly modelStore: ModelStore;
  readonly planStore: PlanStore;
  readonly exactStore: ExactStore;
  readonly whatIf: WhatIf;
  readonly trial: ClientCall<'trial.run'>;
  readonly fileDialogs: boolean;
  /** Whether llama.cpp's own dry run can be asked here. */
  readonly oracle: boolean;
}

/** The least that a verdict takes, so that little moves when the first one comes. */
const VERDICT_HEIGHT = 152;

/** Will this model run here: a model, what is asked of it, and the answer. */
export function PlanView({
  profileStore,
  modelStore,
  planStore,
  exactStore,
  whatIf,
  trial,
  fileDialogs,
  oracle,
}: PlanViewProps) {
  const measured = profileStore.state.kind === 'known' ? profileStore.state.profile : null;
  const specs = useCards();
  const profile = useMemo(() => machineOf(measured, whatIf, specs), [measured, whatIf, specs]);
  const isHere = whatIf.cards.length === 0 && whatIf.machine === null;
  const { model } = modelStore;
  const calibration = useCalibration(profile, trial.state.kind === 'running');
  const { outcome, working } = usePlan(model, profile, planStore.request, exactStore.exact, calibration);
  const change = useChange(planStore, exactStore);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <Title order={1} size="h2">
          Will it run here?
        </Title>
        <WhatIfBar whatIf={whatIf} specs={specs} hasMachine={profile !== null} />
      </Group>
      {whatIf.failure === null ? null : (
        <FailureAlert
          title="The other machine was not opened"
          failure={whatIf.failure}
          onClose={whatIf.dismiss}
        />
      )}
      {profileStore.state.kind === 'none' && whatIf.machine === null ? (
        <NotMeasured store={profileStore} />
      ) : null}
      {profileStore.state.kind === 'failed' ? <FailureAlert failure={profileStore.state.failure} /> : null}
      <ModelPanel store={modelStore} fileDialogs={fileDialogs} />
      {model === null ? null : (
        <div className={classes.grid} aria-busy={working}>
          <div className={classes.verdict}>
            {outcome === null && working ? <Skeleton h={VERDICT_HEIGHT} radius={12} /> : null}
            <Verdict outcome={outcome} onChange={change} />
          </div>
          <div className={classes.controls}>
            <SettingsPanel
              model={model}
              profile={profile}
              plan={outcome?.kind === 'planned' ? outcome.plan : null}
              store={planStore}
              exact={exactStore.exact !== null}
            />
          </div>
          <div className={classes.result}>
            <ExactPanel store={exactStore} outcome={outcome} />
            {outcome?.kind === 'planned' && profile !== null ? (
              <PlanResult
                model={model}
                profile={profile}
                plan={outcome.plan}
                request={planStore.request}
                calibration={calibration}
              />
            ) : null}
            {outcome?.kind === 'planned' &&
            profile !== null &&
            modelStore.reference !== null &&
            isHere &&
            isFileHere(model) ? (
              <TrialPanel plan={outcome.plan} profile={profile} trial={trial} />
            ) : null}
            {oracle && isHere && profile !== null && modelStore.reference !== null && isFileHere(model) ? (
              <OraclePanel
                // An answer to an earlier question is no answer to the next one.
                key={JSON.stringify([modelStore.reference, planStore.request, exactStore.exact])}
                reference={modelStore.reference}
                profile={profile}
                request={planStore.request}
                exact={exactStore.exact}
              />
            ) : null}
          </div>
        </div>
      )}
    </Stack>
  );
}

/** A remedy of a plan changes the request; one of exact arguments brings the whole line. */
function useChange(planStore: PlanStore, { setLine }: ExactStore): PlanStore['change'] {
  const { change } = planStore;
  return useCallback(
    (part: Readonly<Record<string, unknown>>) => {
      if (typeof part['arguments'] === 'string') setLine(part['arguments']);
      else change(part);
    },
    [change, setLine],
  );
}

function isFileHere({ source }: Model): boolean {
  return source.kind === 'gguf' && !/^(https?:|hf:)/u.test(source.locator);
}

function Verdict({ outcome, onChange }: { outcome: Outcome | null; onChange: PlanStore['change'] }) {
  if (outcome === null) return null;
  if (problemsOf(outcome).length > 0) return null;
  if (outcome.kind === 'failed') {
    return <FailureAlert title="The plan could not be worked out" failure={outcome.failure} />;
  }
  return <VerdictPanel plan={outcome.plan} onChange={onChange} />;
}
