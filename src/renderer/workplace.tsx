import { lazy, Suspense, useEffect } from 'react';
import { FileDrop } from './file-drop';
import { MachineView } from './machine/machine-view';
import { ErrorBoundary } from './parts/error-boundary';
import { PageHeader } from './page-header';
import { useClientCall } from './state/use-client-call';
import { useExact } from './state/use-exact';
import { useModel } from './state/use-model';
import { useRequest } from './state/use-request';
import { useProfile } from './state/use-profile';
import { useRoute } from './state/use-route';
import { useWhatIf } from './state/use-what-if';
import classes from './workplace.module.css';

/** The first view comes with the window; the others are loaded while it is looked at. */
const loadPlan = () => import('./plan/plan-view');
const loadReceipts = () => import('./receipts/receipts-view');
const loadCalc = () => import('./calc/calc-view');
const loadMatrix = () => import('./matrix/matrix-view');
const loadFleet = () => import('./fleet/fleet-view');
const loadVllm = () => import('./vllm/vllm-view');

const PlanView = lazy(() => loadPlan().then(({ PlanView: view }) => ({ default: view })));
const ReceiptsView = lazy(() => loadReceipts().then(({ ReceiptsView: view }) => ({ default: view })));
const CalcView = lazy(() => loadCalc().then(({ CalcView: view }) => ({ default: view })));
const MatrixView = lazy(() => loadMatrix().then(({ MatrixView: view }) => ({ default: view })));
const FleetView = lazy(() => loadFleet().then(({ FleetView: view }) => ({ default: view })));
const VllmView = lazy(() => loadVllm().then(({ VllmView: view }) => ({ default: view })));

/** Header and the view at hand; what was measured, chosen and set lives here, so that changing views loses nothing. */
export function Workplace() {
  const route = useRoute();
  const profile = useProfile();
  const model = useModel();
  const request = useRequest();
  const exact = useExact();
  const whatIf = useWhatIf();
  const trial = useClientCall('trial.run');
  const { state: system, run: describe } = useClientCall('system.describe');
  useEffect(() => void describe({}), [describe]);
  useEffect(() => loadWhenIdle([loadPlan, loadReceipts, loadCalc, loadMatrix, loadFleet, loadVllm]), []);
  const description = system.kind === 'done' ? system.output : null;

  return (
    <>
      <a className={classes.skip} href="#content" onClick={skipToContent}>
        Skip to content
      </a>
      <PageHeader route={route} version={description?.version ?? null} />
      <main id="content" tabIndex={-1} className={classes.content}>
        <ErrorBoundary key={route}>
          <Suspense fallback={null}>
            {route === 'machine' ? <MachineView store={profile} /> : null}
            {route === 'plan' ? (
              <PlanView
                profileStore={profile}
                modelStore={model}
                planStore={request}
                exactStore={exact}
                whatIf={whatIf}
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
          </Suspense>
        </ErrorBoundary>
      </main>
      <FileDrop profile={profile} model={model} />
    </>
  );
}

/** One after another, each when nothing else is to do; one that fails is loaded again where it is needed. */
function loadWhenIdle(parts: readonly (() => Promise<unknown>)[]): () => void {
  let handle = 0;
  const next = ([first, ...rest]: readonly (() => Promise<unknown>)[]) => {
    if (first === undefined) return;
    handle = requestIdleCallback(() => {
      first()
        .catch(() => undefined)
        .finally(() => next(rest));
    });
  };
  next(parts);
  return () => cancelIdleCallback(handle);
}

/** The address holds the view's name, so the jump is made by hand. */
function skipToContent(event: React.MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#content')?.focus();
}
