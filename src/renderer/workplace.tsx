import { useEffect } from 'react';
import { CalcView } from './calc/calc-view';
import { FleetView } from './fleet/fleet-view';
import { FileDrop } from './file-drop';
import { MatrixView } from './matrix/matrix-view';
import { MachineView } from './machine/machine-view';
import { ErrorBoundary } from './parts/error-boundary';
import { PlanView } from './plan/plan-view';
import { PageHeader } from './page-header';
import { ReceiptsView } from './receipts/receipts-view';
import { useClientCall } from './state/use-client-call';
import { useExact } from './state/use-exact';
import { useModel } from './state/use-model';
import { useRequest } from './state/use-plan';
import { useProfile } from './state/use-profile';
import { useRoute } from './state/use-route';
import { VllmView } from './vllm/vllm-view';
import classes from './workplace.module.css';

/** Header and the view at hand; what was measured, chosen and set lives here, so that changing views loses nothing. */
export function Workplace() {
  const route = useRoute();
  const profile = useProfile();
  const model = useModel();
  const request = useRequest();
  const exact = useExact();
  const trial = useClientCall('trial.run');
  const { state: system, run: describe } = useClientCall('system.describe');
  useEffect(() => void describe({}), [describe]);
  const description = system.kind === 'done' ? system.output : null;

  return (
    <>
      <a className={classes.skip} href="#content" onClick={skipToContent}>
        Skip to content
      </a>
      <PageHeader route={route} version={description?.version ?? null} />
      <main id="content" tabIndex={-1} className={classes.content}>
        <ErrorBoundary key={route}>
          {route === 'machine' ? <MachineView store={profile} /> : null}
          {route === 'plan' ? (
            <PlanView
              profileStore={profile}
              modelStore={model}
              planStore={request}
              exactStore={exact}
              trial={trial}
              oracle={(description?.oracle ?? null) !== null}
              fileDialogs={description?.file_dialogs ?? false}
            />
          ) : null}
          {route === 'matrix' ? <MatrixView /> : null}
          {route === 'fleet' ? <FleetView /> : null}
          {route === 'vllm' ? (
            <VllmView
              profileStore={profile}
              modelStore={model}
              fileDialogs={description?.file_dialogs ?? false}
            />
          ) : null}
          {route === 'receipts' ? <ReceiptsView /> : null}
          {route === 'calculators' ? (
            <CalcView modelStore={model} fileDialogs={description?.file_dialogs ?? false} />
          ) : null}
        </ErrorBoundary>
      </main>
      <FileDrop profile={profile} model={model} />
    </>
  );
}

/** The address holds the view's name, so the jump is made by hand. */
function skipToContent(event: React.MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#content')?.focus();
}
