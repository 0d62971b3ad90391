import { useCallback, useMemo } from 'react';
import { planRequestSchema, type PlanRequest } from '../../core/plan/schema';
import { useStored } from './use-stored';

export interface PlanStore {
  readonly request: PlanRequest;
  /** Changes a part of the request; one that the schema refuses is left out. */
  readonly change: (part: Readonly<Record<string, unknown>>) => void;
  /** Gives these fields back to Plimsoll; all of them where none are named. */
  readonly reset: (fields?: readonly (keyof PlanRequest)[]) => void;
}

const defaults = planRequestSchema.parse({});

/** What is asked of the plan; kept while the tab is open, whatever the model and the view. */
export function useRequest(): PlanStore {
  const [request, setRequest] = useStored('plimsoll-request', defaults, parseRequest);
  const change = useCallback(
    (part: Readonly<Record<string, unknown>>) =>
      setRequest((before) => parseRequest({ ...before, ...part }) ?? before),
    [setRequest],
  );
  const reset = useCallback(
    (fields?: readonly (keyof PlanRequest)[]) =>
      fields === undefined ? setRequest(defaults) : change(asChosen(fields)),
    [change, setRequest],
  );
  return useMemo(() => ({ request, change, reset }), [request, change, reset]);
}

/** Whether these fields are left to Plimsoll. */
export function isAsChosen(request: PlanRequest, fields: readonly (keyof PlanRequest)[]): boolean {
  return fields.every((field) => JSON.stringify(request[field]) === JSON.stringify(defaults[field]));
}

function asChosen(fields: readonly (keyof PlanRequest)[]): Partial<PlanRequest> {
  return Object.fromEntries(fields.map((field) => [field, defaults[field]]));
}

function parseRequest(stored: unknown): PlanRequest | null {
  const parsed = planRequestSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
