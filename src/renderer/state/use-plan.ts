import { useEffect, useRef, useState } from 'react';
import type { Failure } from '../../contract/errors';
import type { Calibration } from '../../core/calibration/schema';
import type { Model } from '../../core/model/schema';
import type { Plan, PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import type { ExactLine } from '../planner/messages';
import { createPlanner, startPlannerWorker, type Planner, type Question } from '../planner/planner';

export type Outcome =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Planning {
  /** The last answer about this model; null until there is one. */
  readonly outcome: Outcome | null;
  /** Whether the answer is about an earlier question and the next one is on its way. */
  readonly working: boolean;
}

interface Answered {
  readonly question: Question;
  readonly outcome: Outcome;
}

/** The plan, worked out in this window but beside it, so that it never holds a slider up. */
export function usePlan(
  model: Model | null,
  profile: Profile | null,
  request: PlanRequest,
  exact: ExactLine | null = null,
  calibration: Calibration | null = null,
): Planning {
  const [answered, setAnswered] = useState<Answered | null>(null);
  const planner = useRef<Planner | null>(null);
  useEffect(() => {
    const started = createPlanner(startPlannerWorker(), (answer, question) => {
      if (answer.kind !== 'swept') setAnswered({ question, outcome: answer });
    });
    planner.current = started;
    return () => started.close();
  }, []);
  useEffect(() => {
    if (model !== null && profile !== null)
      planner.current?.plan({ model, profile, request, exact, calibration });
  }, [model, profile, request, exact, calibration]);

  if (model === null || profile === null) return { outcome: null, working: false };
  return {
    outcome: answered?.question.model === model ? answered.outcome : null,
    working: !(
      answered !== null && isAbout(answered.question, { model, profile, request, exact, calibration })
    ),
  };
}

function isAbout(question: Question, { model, profile, request, exact, calibration }: Question): boolean {
  const same = question.model === model && question.profile === profile && question.request === request;
  return same && (question.exact ?? null) === exact && question.calibration === calibration;
}
