import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { assertNever } from '../../core/assert-never';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import classes from './context-panel.module.css';
import { useSweep, type SweepState } from '../state/use-sweep';

/** The chart's own, so that nothing moves when it comes. */
const CHART_HEIGHT = 280;

const ContextChart = lazy(() =>
  import('./context-chart').then(({ ContextChart: component }) => ({ default: component })),
);

interface ContextPanelProps {
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly chosen: number;
}

/** How the load of each device grows with the context, planned anew at every step. */
export function ContextPanel({ model, profile, request, chosen }: ContextPanelProps) {
  const state = useSweep(model, profile, request);
  return (
    <Panel title="Load against context" note="100 % is the load line">
      <Suspense fallback={<Skeleton h={CHART_HEIGHT} />}>
        <Content state={state} chosen={chosen} />
      </Suspense>
    </Panel>
  );
}

function Content({ state, chosen }: { state: SweepState; chosen: number }) {
  switch (state.kind) {
    case 'working':
      return <Skeleton h={CHART_HEIGHT} />;
    case 'failed':
      return <FailureAlert failure={state.failure} />;
    case 'swept':
      return (
        <div className={classes.sweep} data-current={state.current} aria-busy={!state.current}>
          <ContextChart sweep={state.sweep} chosen={chosen} />
        </div>
      );
    default:
      return assertNever(state);
  }
}
