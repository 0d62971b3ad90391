import { Group, Stack, Text, Title } from '@mantine/core';
import { useDeferredValue, useMemo } from 'react';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import type { Model } from '../../core/model/schema';
import type { Profile } from '../../core/profile/schema';
import { cardsOfProfile } from '../../core/vllm/cards';
import { pickCards } from '../../core/vllm/pick-cards';
import { planVllm } from '../../core/vllm/plan-vllm';
import type { Card, VllmPlan } from '../../core/vllm/schema';
import { FindingsList } from '../parts/findings-list';
import { Panel } from '../parts/panel';
import { ModelPanel } from '../plan/model-panel';
import classes from '../plan/plan-view.module.css';
import { useCards } from '../state/use-catalog';
import type { ModelStore } from '../state/use-model';
import type { ProfileStore } from '../state/use-profile';
import { ArtifactsPanel } from './artifacts-panel';
import { DeploymentControls } from './deployment-controls';
import { DeploymentFile } from './deployment-file';
import { DeploymentMemory } from './deployment-memory';
import { DeploymentVerdict } from './deployment-verdict';
import { GrowthPanel } from './growth-panel';
import { RecommendationsPanel } from './recommendations-panel';
import { RulePanel } from './rule-panel';
import { SpeedPanel } from './speed-panel';
import { type Asked, useDeployment } from './use-deployment';

interface VllmViewProps {
  readonly profileStore: ProfileStore;
  readonly modelStore: ModelStore;
  readonly fileDialogs: boolean;
}

/** Will a vLLM deployment fit, what would it hold, and what starts it; worked out while one types. */
export function VllmView({ profileStore, modelStore, fileDialogs }: VllmViewProps) {
  const store = useDeployment();
  const specs = useCards();
  const profile = profileStore.state.kind === 'known' ? profileStore.state.profile : null;
  const { model } = modelStore;
  const plan = usePlanned(model, profile, specs, store.asked);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <Title order={1} size="h2">
          A vLLM deployment
        </Title>
        <DeploymentFile store={store} modelStore={modelStore} />
      </Group>
      <ModelPanel store={modelStore} fileDialogs={fileDialogs} />
      <Text size="sm" c="dimmed">
        vLLM is judged with the weights as they are published, whatever quantisation of a GGUF file is chosen
        above.
      </Text>
      {model === null ? null : (
        <div className={classes.grid}>
          <div className={classes.verdict}>
            {plan === null ? (
              <Panel title="Cards">
                <Text c="dimmed">
                  This machine was not measured yet. Measure it, or choose a card of the catalog.
                </Text>
              </Panel>
            ) : (
              <DeploymentVerdict plan={plan} />
            )}
          </div>
          <div className={classes.controls}>
            <DeploymentControls model={model} specs={specs} profile={profile} plan={plan} store={store} />
          </div>
          <div className={classes.result}>
            {plan === null ? null : <DeploymentResult plan={plan} store={store} />}
          </div>
        </div>
      )}
    </Stack>
  );
}

function DeploymentResult({ plan, store }: { plan: VllmPlan; store: ReturnType<typeof useDeployment> }) {
  return (
    <>
      {plan.exact === null ? null : <DeploymentMemory exact={plan.exact} />}
      <RecommendationsPanel plan={plan} onChange={store.changeRequest} />
      {plan.exact === null ? null : <GrowthPanel plan={plan} exact={plan.exact} />}
      <SpeedPanel plan={plan} />
      <ArtifactsPanel plan={plan} serving={store.asked.serving} />
      <RulePanel plan={plan} />
      {plan.findings.length === 0 ? null : (
        <Panel title="Worth knowing">
          <FindingsList findings={plan.findings} />
        </Panel>
      )}
    </>
  );
}

/** Null where the cards of a machine are asked for that was not measured. */
function usePlanned(
  model: Model | null,
  profile: Profile | null,
  specs: readonly GpuSpec[],
  asked: Asked,
): VllmPlan | null {
  const deferred = useDeferredValue(asked);
  return useMemo(() => {
    if (model === null) return null;
    const cards = cardsFor(profile, specs, deferred);
    return cards === null ? null : planVllm(model, cards, deferred.request);
  }, [model, profile, specs, deferred]);
}

function cardsFor(profile: Profile | null, specs: readonly GpuSpec[], asked: Asked): readonly Card[] | null {
  if (asked.cards === 'machine') return profile === null ? null : cardsOfProfile(profile, specs);
  const known = specs.some(({ id }) => id === asked.card) ? asked.card : specs[0]!.id;
  return pickCards([{ card: known, count: asked.count }], specs);
}
