import { useEffect, useMemo, useRef, useState } from 'react';
import type { Failure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import type { Sweep } from '../plan/sweep-context';
import type { PlannerAnswer } from '../planner/messages';
import { createPlanner, startPlannerWorker, type Planner, type Question } from '../planner/planner';

export type SweepState =
  | { readonly kind: 'working' }
  /** `current`: whether it is about what is asked now, or about the same model asked otherwise. */
  | { readonly kind: 'swept'; readonly sweep: Sweep; readonly current: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Long enough that a slider under way starts no sweep. */
const SETTLE_MS = 150;

interface Answered {
  readonly question: Question;
  readonly answer: Exclude<PlannerAnswer, { kind: 'planned' }>;
}

/**
 * The load at every context, worked out by a planner of its own. The sweep before it stands until it is done, but never
 * beside another model or machine.
 */
export function useSweep(model: Model, profile: Profile, request: PlanRequest): SweepState {
  const [answered, setAnswered] = useState<Answered | null>(null);
  const planner = useRef<Planner | null>(null);
  const asked = useContextLeftOut(request);

  useEffect(() => {
    const started = createPlanner(startPlannerWorker(), (answer, question) => {
      if (answer.kind !== 'planned') setAnswered({ question, answer });
    });
    planner.current = started;
    return () => started.close();
  }, []);
  useEffect(() => {
    const question = { model, profile, request: asked, calibration: null };
    const timer = setTimeout(() => planner.current?.sweep(question), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [model, profile, asked]);
  return sweepStateOf(answered, { model, profile, request: asked, calibration: null });
}

function sweepStateOf(answered: Answered | null, { model, profile, request }: Question): SweepState {
  if (answered === null) return { kind: 'working' };
  const { question, answer } = answered;
  if (question.model !== model || question.profile !== profile) return { kind: 'working' };
  if (answer.kind === 'failed') return answer;
  return { kind: 'swept', sweep: answer.sweep, current: question.request === request };
}

/** The same record as long as nothing but the context changes: then the sweep need not be made again. */
function useContextLeftOut(request: PlanRequest): PlanRequest {
  const key = JSON.stringify({ ...request, context: null });
  return useMemo(() => JSON.parse(key) as PlanRequest, [key]);
}
