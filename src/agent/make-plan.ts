import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { planExact } from '../core/exact/plan-exact';
import { withLearntOverheads } from '../core/calibration/learnt-overheads';
import type { Calibration } from '../core/calibration/schema';
import type { Finding } from '../core/finding';
import { withFit } from '../core/fit/beside-fit';
import type { Model } from '../core/model/schema';
import { planModel } from '../core/plan/plan-model';
import type { Plan } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import { machineId } from '../core/receipt/machine-id';
import { calibrationFor } from './calibration';
import { readCompanions } from './companions';
import { asExpected, exactQuestion, type ExactQuestion, referenceOf } from './exact-question';
import { withOracle } from './oracle';
import { readModel } from './read-model';
import { namedProfile } from './runtime-devices';

/** Plans a model for the given profile, else for the stored one; or judges the user's own arguments. */
export async function makePlan(
  input: ParsedInput<'plan.make'>,
  { signal }: Task,
  dataDirectory: string,
): Promise<CommandOutput<'plan.make'>> {
  const { oracle } = input;
  const question = input.exact === null ? null : exactQuestion(input.exact);
  const asMeasured = await plannedProfile(input.profile, dataDirectory, signal);
  const calibration = await calibrationFor(asMeasured, dataDirectory);
  const machine = withLearntOverheads(asMeasured, calibration);
  const model = await readModel(referenceFor(input.reference, question), signal, dataDirectory);
  const made = await planOf(input, question, { model, machine, calibration }, signal, dataDirectory);
  const plan = { ...made, profile_id: machineId(machine) };
  return oracle === null ? plan : await withOracle(plan, model, machine, oracle.program, signal);
}

interface Case {
  readonly model: Model;
  readonly machine: Profile;
  readonly calibration: Calibration;
}

async function planOf(
  { request, mmproj, draft, reference }: ParsedInput<'plan.make'>,
  question: ExactQuestion | null,
  { model, machine, calibration }: Case,
  signal: AbortSignal,
  dataDirectory: string,
): Promise<Plan> {
  const named = question?.given;
  const paths = { mmproj: named?.projector?.path ?? mmproj, draft: named?.draft?.path ?? draft };
  const companions = await readCompanions(paths, signal, dataDirectory);
  if (question === null) {
    const plan = planModel(model, machine, request, companions, calibration);
    return withFit(plan, model, machine, companions, calibration);
  }
  const { argv, tool } = withCompanions(question, mmproj, draft);
  const plan = asExpected(() => planExact(model, machine, argv, tool, { request, companions, calibration }));
  return { ...plan, findings: [...referenceFindings(reference, question), ...plan.findings] };
}

/** Companions that were given beside the arguments join them, where they name none of their own. */
function withCompanions(
  { argv, tool, given }: ExactQuestion,
  mmproj: string | null,
  draft: string | null,
): Pick<ExactQuestion, 'argv' | 'tool'> {
  const more = [
    ...(mmproj === null || given.projector !== null ? [] : ['--mmproj', mmproj]),
    ...(draft === null || given.draft !== null ? [] : ['-md', draft]),
  ];
  return { tool, argv: [...argv, ...more] };
}

function referenceFor(reference: string | null, question: ExactQuestion | null): string {
  const found = reference ?? (question === null ? null : referenceOf(question.given));
  if (found !== null) return found;
  throw new ExpectedError(
    'no-model',
    'No model was named.',
    'Give a model file, a config.json or a catalog name, or -m FILE among the exact arguments.',
  );
}

function referenceFindings(reference: string | null, { given }: ExactQuestion): readonly Finding[] {
  if (reference === null || given.model === null || given.model.value === reference) return [];
  return [
    {
      severity: 'warning',
      code: 'reference-wins',
      path: null,
      message: `The arguments name the model ${given.model.value}; ${reference}, which was given beside them, is judged.`,
      remedy: 'Leave one of the two out.',
    },
  ];
}

/**
 * The profile that was given, else the stored one with the names that llama.cpp has for its cards here. Throws ExpectedError where
 * there is none.
 */
export async function plannedProfile(
  given: Profile | null,
  dataDirectory: string,
  signal: AbortSignal,
): Promise<Profile> {
  if (given !== null) return given;
  const { profile, path } = await namedProfile(dataDirectory, signal);
  if (profile !== null) return profile;
  throw new ExpectedError(
    'no-profile',
    'This machine was not measured yet, so there is nothing to plan with.',
    'Run `plimsoll probe` (or `plimsoll probe --quick`), or name a profile with --profile.',
    { path },
  );
}
