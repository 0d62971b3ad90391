import { useEffect, useMemo, useState } from 'react';
import { toFailure, type Failure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { sweepContext, type Sweep } from '../plan/sweep-context';

export type SweepState =
  | { readonly kind: 'working' }
  | { readonly kind: 'swept'; readonly sweep: Sweep }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Long enough that a slider under way starts no sweep. */
const SETTLE_MS = 150;

/** The load at every context, worked out beside what the user does; the sweep before it stands until it is done. */
export function useSweep(model: Model, profile: Profile, request: PlanRequest): SweepState {
  const [state, setState] = useState<SweepState>({ kind: 'working' });
  const asked = useContextLeftOut(request);
  useEffect(() => {
    const steps = sweepContext(model, profile, asked);
    const advance = () => {
      try {
        const step = steps.next();
        if (step.done) setState({ kind: 'swept', sweep: step.value });
        else timer = setTimeout(advance, 0);
      } catch (error) {
        setState({ kind: 'failed', failure: toFailure(error) });
      }
    };
    let timer = setTimeout(advance, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [model, profile, asked]);
  return state;
}

/** The same record as long as nothing but the context changes: then the sweep need not be made again. */
function useContextLeftOut(request: PlanRequest): PlanRequest {
  const key = JSON.stringify({ ...request, context: null });
  return useMemo(() => JSON.parse(key) as PlanRequest, [key]);
}
