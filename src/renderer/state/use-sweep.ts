import { useEffect, useMemo, useRef, useState } from 'react';
import type { Failure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import type { Sweep } from '../plan/sweep-context';
import { createPlanner, startPlannerWorker, type Planner } from '../planner/planner';

export type SweepState =
  | { readonly kind: 'working' }
  | { readonly kind: 'swept'; readonly sweep: Sweep }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Long enough that a slider under way starts no sweep. */
const SETTLE_MS = 150;

/** The load at every context, worked out by a planner of its own; the sweep before it stands until it is done. */
export function useSweep(model: Model, profile: Profile, request: PlanRequest): SweepState {
  const [state, setState] = useState<SweepState>({ kind: 'working' });
  const planner = useRef<Planner | null>(null);
  const asked = useContextLeftOut(request);

  useEffect(() => {
    const started = createPlanner(startPlannerWorker(), (answer) => {
      if (answer.kind !== 'planned') setState(answer);
    });
    planner.current = started;
    return () => started.close();
  }, []);
  useEffect(() => {
    const question = { model, profile, request: asked };
    const timer = setTimeout(() => planner.current?.sweep(question), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [model, profile, asked]);
  return state;
}

/** The same record as long as nothing but the context changes: then the sweep need not be made again. */
function useContextLeftOut(request: PlanRequest): PlanRequest {
  const key = JSON.stringify({ ...request, context: null });
  return useMemo(() => JSON.parse(key) as PlanRequest, [key]);
}
