import { useEffect, useRef, useState } from 'react';
import type { Fit } from '../../core/fit/schema';
import { createPlanner, startPlannerWorker, type Planner, type Question } from '../planner/planner';

/** Longer than a slider rests: some twenty memory questions are asked for one answer. */
const SETTLE_MS = 300;

/**
 * What `--fit` would choose for the same request, by a planner of its own. Null until it is known; the answer to an earlier request
 * does not stand.
 */
export function useFit({ model, profile, request, calibration }: Question): Fit | null {
  const [answered, setAnswered] = useState<{ question: Question; fit: Fit | null } | null>(null);
  const planner = useRef<Planner | null>(null);
  useEffect(() => {
    const started = createPlanner(startPlannerWorker(), (answer, question) => {
      if (answer.kind === 'planned') setAnswered({ question, fit: answer.plan.fit });
    });
    planner.current = started;
    return () => started.close();
  }, []);
  useEffect(() => {
    const question = { model, profile, request, calibration, beside: true };
    const timer = setTimeout(() => planner.current?.plan(question), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [model, profile, request, calibration]);
  const question = answered?.question;
  const current = question?.model === model && question.profile === profile && question.request === request;
  return current && question.calibration === calibration ? (answered?.fit ?? null) : null;
}
