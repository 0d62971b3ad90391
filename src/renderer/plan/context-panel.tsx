import { Skeleton } from '@mantine/core';
import { lazy, Suspense, useDeferredValue, useMemo } from 'react';
import { toFailure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import classes from './context-panel.module.css';
import { sweepContext } from './sweep-context';

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
  const anyContext = useContextLeftOut(request);
  const deferred = useDeferredValue(anyContext);
  const sweep = useMemo(() => attempt(model, profile, deferred), [model, profile, deferred]);
  return (
    <Panel title="Load against context" note="100 % is the load line">
      <div className={classes.chart}>
        {'failure' in sweep ? (
          <FailureAlert failure={sweep.failure} />
        ) : (
          <Suspense fallback={<Skeleton h="100%" />}>
            <ContextChart sweep={sweep} chosen={chosen} />
          </Suspense>
        )}
      </div>
    </Panel>
  );
}

/** The same record as long as nothing but the context changes: then the sweep need not be made again. */
function useContextLeftOut(request: PlanRequest): PlanRequest {
  const key = JSON.stringify({ ...request, context: null });
  return useMemo(() => JSON.parse(key) as PlanRequest, [key]);
}

function attempt(model: Model, profile: Profile, request: PlanRequest) {
  try {
    return sweepContext(model, profile, request);
  } catch (error) {
    return { failure: toFailure(error) };
  }
}
