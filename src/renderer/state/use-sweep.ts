import { useEffect, useMemo, useRef, useState } from 'react';
import type { Failure } from '../../contract/errors';
import type { PlanRequest } from '../../core/plan/schema';
import type { Sweep, SweepKind } from '../../core/sweep/schema';
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
 * The plan at every value of one choice, worked out by a planner of its own. The sweep before it stands until it is done, but
 * never beside another model, machine or choice.
 */
export function useSweep({ model, profile, request, calibration }: Question, over: SweepKind): SweepState {
  const [answered, setAnswered] = useState<Answered | null>(null);
  const planner = useRef<Planner | null>(null);
  const asked = useSweptLeftOut(request, over);

  useEffect(() => {
    const started = createPlanner(startPlannerWorker(), (answer, question) => {
      if (answer.kind !== 'planned') setAnswered({ question, answer });
    });
    planner.current = started;
    return () => started.close();
  }, []);
  useEffect(() => {
    const question = { model, profile, request: asked, over, calibration };
    const timer = setTimeout(() => planner.current?.sweep(question), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [model, profile, asked, over, calibration]);
  return sweepStateOf(answered, { model, profile, request: asked, over, calibration });
}

function sweepStateOf(
  answered: Answered | null,
  { model, profile, request, over, calibration }: Question,
): SweepState {
  if (answered === null) return { kind: 'working' };
  const { question, answer } = answered;
  if (question.model !== model || question.profile !== profile || question.over !== over)
    return { kind: 'working' };
  if (answer.kind === 'failed') return answer;
  return {
    kind: 'swept',
    sweep: answer.sweep,
    current: question.request === request && question.calibration === calibration,
  };
}

/** The fields that a sweep goes over itself. */
const sweptFields: Readonly<Record<SweepKind, Partial<PlanRequest>>> = {
  context: { context: null },
  ncmoe: { cpu_moe_layers: null },
  ngl: { gpu_layers: null },
  quant: {},
};

/** The same record as long as nothing but what is swept changes: then the sweep need not be made again. */
function useSweptLeftOut(request: PlanRequest, over: SweepKind): PlanRequest {
  const key = JSON.stringify({ ...request, ...sweptFields[over] });
  return useMemo(() => JSON.parse(key) as PlanRequest, [key]);
}
