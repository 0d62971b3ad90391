import type { ParsedInput } from '../../contract/commands';
import type { Task } from '../../contract/dispatcher';
import { ExpectedError } from '../../contract/errors';
import { reachingWords } from '../../core/exact/reaching-options';
import type { Plan } from '../../core/plan/schema';
import type { TrialFacts } from '../../core/receipt/build-receipt';
import { makePlan } from '../make-plan';
import { EMBEDDED, pickRuntime, type PickedRuntime } from '../pick-runtime';
import { currentProfile } from '../profiles';
import { refuseOtherDevices } from './devices';
import { readTrialModel } from './model';
import type { TrialQuestion } from './question';

export interface TrialOptions {
  /** Program and version, e.g. `plimsoll 0.1.0`. */
  readonly generator: string;
  readonly dataDirectory: string;
  /** Path of the built program that runs an embedded runtime. */
  readonly embeddedRunner: string;
  /** Path of the built memory reader; empty where bandwidth is not to be read beside a run. */
  readonly memoryWorker: string;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/** What is asked for, and with what it is done. */
export interface TrialCase {
  readonly input: ParsedInput<'trial.run'>;
  readonly task: Task;
  readonly options: TrialOptions;
  /** What the model is called where its file is a stand-in that will be gone. */
  readonly name?: string;
}

/** A run that could begin now, and what its receipt says beside what is measured. */
export interface Prepared {
  readonly question: TrialQuestion;
  readonly facts: Pick<TrialFacts, 'plan' | 'profile' | 'model' | 'subject' | 'scaled'>;
}

/** Plans, picks the runtime and reads the model. Throws ExpectedError where the plan is refused or nothing can run it. */
export async function prepare({ input, task, options, name }: TrialCase): Promise<Prepared> {
  const { dataDirectory, embeddedRunner, memoryWorker } = options;
  task.progress({ step: 'plan', label: 'Planning', fraction: 0 });
  const profile = input.profile ?? (await currentProfile(dataDirectory)).profile;
  const { plan, picked } = await planAndPick(input, task, dataDirectory);
  const reference = input.reference ?? plan.model.locator;
  const model = await readTrialModel(reference, picked.kind === 'url', task.signal);
  const { facts, model: subject } = model;
  return {
    question: { input, task, plan, picked, model, embeddedRunner, memoryWorker },
    facts: { plan, profile, model: { ...facts, name: name ?? facts.name }, subject, scaled: null },
  };
}

interface Chosen {
  readonly plan: Plan;
  readonly picked: PickedRuntime;
}

/** Where the embedded runtime is taken, what was not planned elsewhere is planned for it. */
async function planAndPick(
  input: ParsedInput<'trial.run'>,
  task: Task,
  dataDirectory: string,
): Promise<Chosen> {
  const plan = input.plan ?? (await planFor(input, task, dataDirectory));
  if (input.plan !== null) refuseReaching(plan);
  refuseRefused(plan, input);
  const picked = await pickRuntime(input.runtime, plan, task.signal, dataDirectory);
  if (picked.kind === 'program') await refuseOtherDevices(plan, picked.runtime, task.signal);
  if (picked.kind !== 'embedded' || input.plan !== null || plan.request.runtime === 'embedded')
    return { plan, picked };
  const request = { ...input.request, runtime: 'embedded' as const };
  const own = await planFor({ ...input, request }, task, dataDirectory);
  refuseRefused(own, input);
  return { plan: own, picked };
}

/** The plan of what was asked for. Throws ExpectedError. */
export function planFor(
  { reference, profile, request: asked, runtime }: ParsedInput<'trial.run'>,
  task: Task,
  dataDirectory: string,
): Promise<Plan> {
  if (reference === null) {
    throw new ExpectedError('no-model', 'Nothing was named to run.', 'Give a model file or a plan.');
  }
  const request = EMBEDDED.has(runtime) ? { ...asked, runtime: 'embedded' as const } : asked;
  const rest = { exact: null, mmproj: null, draft: null, oracle: null };
  return makePlan({ reference, profile, request, ...rest }, task, dataDirectory);
}

function refuseRefused(plan: Plan, { force, runtime }: ParsedInput<'trial.run'>): void {
  const started = /^https?:/i.test(runtime);
  if (plan.verdict !== 'refuse' || force || started) return;
  const why = plan.reasons[0]?.message ?? 'it does not fit this machine.';
  throw new ExpectedError(
    'refused',
    `The plan is refused: ${why}`,
    plan.remedies[0]?.message ??
      'Run it all the same with --force; the watchdog ends it where memory runs out.',
    { reasons: plan.reasons.map(({ code }) => code) },
  );
}

/** A plan that was handed in may be from a stranger's file: none of it may load libraries, fetch, or touch other files. */
function refuseReaching({ commands }: Plan): void {
  const words = [...new Set(commands.flatMap(reachingWords))];
  if (words.length === 0) return;
  throw new ExpectedError(
    'reaching-plan',
    `The plan would run with ${words.slice(0, 5).join(', ')}, which no trial of a plan from elsewhere may.`,
    'Make the plan here: `plimsoll plan REF`, or `plimsoll trial REF` with the options you want.',
    { words },
  );
}
