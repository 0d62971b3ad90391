import type { Model } from '../../core/model/schema';
import { planModel } from '../../core/plan/plan-model';
import type { Plan, PlanRequest, Verdict } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { contextSteps } from '../../core/sweep/context-steps';

/** More points than this no chart of this size can show. */
const MOST_POINTS = 40;

export interface SweepPoint {
  readonly context: number;
  readonly verdict: Verdict;
  /** Bytes by device; null where they are not known. */
  readonly totals: Readonly<Record<string, number | null>>;
}

export interface Sweep {
  /** Devices whose budget is known, with it. */
  readonly budgets: Readonly<Record<string, number>>;
  /** Devices that have none to hold against. */
  readonly unbounded: readonly string[];
  readonly points: readonly SweepPoint[];
}

/** The plan at every context of the slider, all else as asked for. Yields between plans, so that a window can breathe. */
export function* sweepContext(
  model: Model,
  profile: Profile,
  request: PlanRequest,
): Generator<undefined, Sweep> {
  const plans: Plan[] = [];
  for (const context of contextSteps(model.context_trained).slice(-MOST_POINTS)) {
    plans.push(planModel(model, profile, { ...request, context }));
    yield;
  }
  return sweepOf(plans);
}

function sweepOf(plans: readonly Plan[]): Sweep {
  const rows = plans[0]?.memory ?? [];
  return {
    budgets: Object.fromEntries(
      rows.flatMap(({ device, budget_bytes: budget }) => (budget === null ? [] : [[device, budget]])),
    ),
    unbounded: rows.filter(({ budget_bytes: budget }) => budget === null).map(({ device }) => device),
    points: plans.map(({ memory, placement, verdict }) => ({
      context: placement.context,
      verdict,
      totals: Object.fromEntries(memory.map(({ device, total_bytes: total }) => [device, total])),
    })),
  };
}

/** A point for a chart: each device's load as percent of its budget, null where either is unknown or the budget is nothing. */
export function loadOf({ totals }: SweepPoint, { budgets }: Sweep): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(budgets).map(([device, budget]) => {
      const total = totals[device] ?? null;
      return [device, total === null || budget === 0 ? null : (100 * total) / budget];
    }),
  );
}
