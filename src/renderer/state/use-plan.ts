import { useCallback, useDeferredValue, useMemo } from 'react';
import { toFailure, type Failure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import { planModel } from '../../core/plan/plan-model';
import { planRequestSchema, type Plan, type PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { useStored } from './use-stored';

export type Outcome =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface PlanStore {
  readonly request: PlanRequest;
  readonly change: (part: Readonly<Record<string, unknown>>) => void;
  readonly reset: () => void;
}

const defaults = planRequestSchema.parse({});

/** What is asked of the plan. A change that the schema refuses is left out. */
export function useRequest(): PlanStore {
  const [request, setRequest] = useStored('plimsoll-request', defaults, parseRequest);
  const change = useCallback(
    (part: Readonly<Record<string, unknown>>) =>
      setRequest((before) => parseRequest({ ...before, ...part }) ?? before),
    [setRequest],
  );
  const reset = useCallback(() => setRequest(defaults), [setRequest]);
  return { request, change, reset };
}

/** The plan, worked out here and now; null until there are a model and a profile. Lags behind a slider rather than hold it up. */
export function usePlan(model: Model | null, profile: Profile | null, request: PlanRequest): Outcome | null {
  const deferred = useDeferredValue(request);
  return useMemo(
    () => (model === null || profile === null ? null : attempt(model, profile, deferred)),
    [model, profile, deferred],
  );
}

function attempt(model: Model, profile: Profile, request: PlanRequest): Outcome {
  try {
    return { kind: 'planned', plan: planModel(model, profile, request) };
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error) };
  }
}

function parseRequest(stored: unknown): PlanRequest | null {
  const parsed = planRequestSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
