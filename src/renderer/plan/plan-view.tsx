import { Group, Skeleton, Stack, Title } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { gpuNamed } from '../../core/catalog/gpus/gpus';
import { profileWithGpus } from '../../core/catalog/gpus/profile-with-gpus';
import type { Model } from '../../core/model/schema';
import type { Profile } from '../../core/profile/schema';
import { FailureAlert } from '../parts/failure-alert';
import type { ExactStore } from '../state/use-exact';
import { useCalibration } from '../state/use-calibration';
import type { ClientCall } from '../state/use-client-call';
import type { ModelStore } from '../state/use-model';
import { usePlan, type Outcome, type PlanStore } from '../state/use-plan';
import type { ProfileStore } from '../state/use-profile';
import { Controls } from './controls';
import { ExactPanel, problemsOf } from './exact-panel';
import { ModelPanel } from './model-panel';
import { NotMeasured } from './not-measured';
import { OraclePanel } from './oracle-panel';
import { PlanResult } from './plan-result';
import classes from './plan-view.module.css';
import { TrialPanel } from './trial-panel';
import { VerdictPanel } from './verdict-panel';
import { WhatIfCards } from './what-if-cards';

interface PlanViewProps {
  readonly profileStore: ProfileStore;
  readonly modelStore: ModelStore;
  readonly planStore: PlanStore;
  readonly exactStore: ExactStore;
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
  trial,
  fileDialogs,
  oracle,
}: PlanViewProps) {
  const measured = profileStore.state.kind === 'known' ? profileStore.state.profile : null;
  const [cards, setCards] = useState<readonly string[]>([]);
  const profile = useMemo(() => withCards(measured, cards), [measured, cards]);
  const isHere = cards.length === 0;
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
        {measured === null ? null : <WhatIfCards cards={cards} onChange={setCards} />}
      </Group>
      {profileStore.state.kind === 'none' ? <NotMeasured store={profileStore} /> : null}
      {profileStore.state.kind === 'failed' ? <FailureAlert failure={profileStore.state.failure} /> : null}
      <ModelPanel store={modelStore} fileDialogs={fileDialogs} />
      {model === null ? null : (
        <div className={classes.grid} aria-busy={working}>
          <div className={classes.verdict}>
            {outcome === null && working ? <Skeleton h={VERDICT_HEIGHT} radius={12} /> : null}
            <Verdict outcome={outcome} onChange={change} />
          </div>
          <div className={classes.controls}>
            <Controls model={model} profile={profile} outcome={outcome} store={planStore} />
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

/** The machine with cards of the catalog in place of its own. */
function withCards(profile: Profile | null, cards: readonly string[]): Profile | null {
  if (profile === null || cards.length === 0) return profile;
  const specs = cards.map((id) => gpuNamed(id)).filter((spec) => spec !== null);
  return profileWithGpus(profile, specs);
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
