import type { Calibration } from '../../core/calibration/schema';
import type { ArgumentProblem } from '../../core/exact/arguments';
import { ArgumentsError } from '../../core/exact/arguments-error';
import { planExact } from '../../core/exact/plan-exact';
import { readLine } from '../../core/exact/read-line';
import type { Model } from '../../core/model/schema';
import { noCompanions } from '../../core/plan/companions';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import type { ExactLine, PlannerAnswer } from './messages';

/** Judges arguments as typed; words that cannot stand are a failure that lists them. */
export function judgeLine(
  model: Model,
  profile: Profile,
  request: PlanRequest,
  { line, tool }: ExactLine,
  calibration: Calibration | null,
): PlannerAnswer {
  const read = readLine(line);
  if (read.kind === 'failed') return failed(read.problems);
  try {
    const options = { request, companions: noCompanions, calibration };
    return { kind: 'planned', plan: planExact(model, profile, read.argv, read.tool ?? tool, options) };
  } catch (error) {
    if (error instanceof ArgumentsError) return failed(error.problems);
    throw error;
  }
}

function failed(problems: readonly ArgumentProblem[]): PlannerAnswer {
  const message = problems.map((problem) => problem.message).join(' ');
  return {
    kind: 'failed',
    failure: { code: 'invalid-arguments', message, remedy: null, details: { problems } },
  };
}
