import type { Calibration } from '../../core/calibration/schema';
import type { Failure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import type { Plan, PlanRequest } from '../../core/plan/schema';
import type { Tool } from '../../core/plan/settings';
import type { Profile } from '../../core/profile/schema';
import type { Sweep, SweepKind } from '../../core/sweep/schema';

/** The user's own arguments, as typed. */
export interface ExactLine {
  readonly line: string;
  readonly tool: Tool;
}

/**
 * What the planner's worker is told: the case once, then requests; a later sweep replaces one under way, and `turn`, which
 * its answer brings back, tells the two apart.
 */
export type PlannerMessage =
  | {
      readonly kind: 'case';
      readonly model: Model;
      readonly profile: Profile;
      readonly calibration: Calibration | null;
    }
  | {
      readonly kind: 'plan';
      readonly request: PlanRequest;
      readonly exact: ExactLine | null;
      readonly beside: boolean;
    }
  | {
      readonly kind: 'sweep';
      readonly request: PlanRequest;
      readonly over: SweepKind;
      readonly turn: number;
    };

/** What it answers. */
export type PlannerAnswer =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'swept'; readonly sweep: Sweep; readonly turn: number }
  | { readonly kind: 'failed'; readonly failure: Failure };
