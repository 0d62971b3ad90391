import { toFailure } from '../../contract/errors';
import { assertNever } from '../../core/assert-never';
import { withLearntOverheads } from '../../core/calibration/learnt-overheads';
import { withFit } from '../../core/fit/beside-fit';
import { noCompanions } from '../../core/plan/companions';
import { planModel } from '../../core/plan/plan-model';
import type { PlanRequest } from '../../core/plan/schema';
import type { SweepKind } from '../../core/sweep/schema';
import { sweepPlan } from '../../core/sweep/sweep-plan';
import { judgeLine } from './judge-line';
import type { PlannerAnswer, PlannerMessage } from './messages';

type PlanMessage = Extract<PlannerMessage, { kind: 'plan' }>;
type Case = Extract<PlannerMessage, { kind: 'case' }>;

/** The planner works beside the window: a plan that takes half a second must not hold up the slider that asked for it. */
let current: Case | null = null;
let latestSweep = 0;

addEventListener('message', ({ data }: MessageEvent<PlannerMessage>) => {
  switch (data.kind) {
    case 'case':
      current = { ...data, profile: withLearntOverheads(data.profile, data.calibration) };
      return;
    case 'plan':
      if (current !== null) answer(planFor(current, data));
      return;
    case 'sweep':
      if (current !== null) void sweepFor(current, data.request, data.over, data.turn);
      return;
    default:
      assertNever(data);
  }
});

function planFor(
  { model, profile, calibration }: Case,
  { request, exact, beside }: PlanMessage,
): PlannerAnswer {
  try {
    if (exact !== null) return judgeLine(model, profile, request, exact, calibration);
    const plan = planModel(model, profile, request, noCompanions, calibration);
    return {
      kind: 'planned',
      plan: beside ? withFit(plan, model, profile, noCompanions, calibration) : plan,
    };
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error) };
  }
}

/** Lets messages in between two plans, and gives up where one of them asks for another sweep. */
async function sweepFor(
  { model, profile, calibration }: Case,
  request: PlanRequest,
  kind: SweepKind,
  turn: number,
): Promise<void> {
  latestSweep = turn;
  try {
    const steps = sweepPlan({ model, profile, request, kind, calibration });
    let step = steps.next();
    while (!step.done) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (turn !== latestSweep) return;
      step = steps.next();
    }
    answer({ kind: 'swept', sweep: step.value, turn });
  } catch (error) {
    answer({ kind: 'failed', failure: toFailure(error) });
  }
}

function answer(message: PlannerAnswer): void {
  postMessage(message);
}
