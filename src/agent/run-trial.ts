import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import type { Plan } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import { buildReceipt, type TrialFacts } from '../core/receipt/build-receipt';
import { machineId } from '../core/receipt/machine-id';
import { StoreError } from '../host/store/store-error';
import { withLock } from '../host/store/with-lock';
import { makePlan } from './make-plan';
import { pickRuntime } from './pick-runtime';
import { currentProfile } from './profiles';
import { keepReceipt } from './receipt-store';
import { readTrialModel } from './trial-model';
import { measureTrial } from './trial-measure';
import type { Measured } from './trial-question';
import { expectingTrialErrors } from './trial-errors';

export interface TrialOptions {
  /** Program and version, e.g. `plimsoll 0.1.0`. */
  readonly generator: string;
  readonly dataDirectory: string;
  /** Path of the built program that runs an embedded runtime. */
  readonly embeddedRunner: string;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/**
 * Runs a plan on a real runtime, watched, and keeps the receipt. Cancelled, it keeps nothing and leaves nothing running; ended by the
 * watchdog, it keeps a receipt that says so. Throws ExpectedError.
 */
export function runTrial(
  input: ParsedInput<'trial.run'>,
  task: Task,
  options: TrialOptions,
): Promise<CommandOutput<'trial.run'>> {
  return expectingTrialErrors(() =>
    alone(options.dataDirectory, task.signal, () => trial(input, task, options)),
  );
}

async function trial(
  input: ParsedInput<'trial.run'>,
  task: Task,
  { generator, dataDirectory, embeddedRunner, now }: TrialOptions,
): Promise<CommandOutput<'trial.run'>> {
  task.progress({ step: 'plan', label: 'Planning', fraction: 0 });
  const profile = input.profile ?? (await currentProfile(dataDirectory)).profile;
  const plan = input.plan ?? (await planFor(input, task, dataDirectory));
  refuseRefused(plan, input);
  const picked = await pickRuntime(input.runtime, plan, task.signal, dataDirectory);
  const model = await readTrialModel(
    input.reference ?? plan.model.locator,
    picked.kind === 'url',
    task.signal,
  );
  const created = now();
  const measured = await measureTrial({ input, task, plan, picked, model, embeddedRunner });
  task.signal.throwIfAborted();
  const receipt = buildReceipt({
    id: `${created.replaceAll(/[:.]/g, '-')}-${randomBytes(2).toString('hex')}`,
    created,
    generator,
    plan,
    profile,
    model: model.facts,
    subject: model.model,
    os: process.platform,
    ...measured,
    notes: [...machineNotes(plan, profile), ...measured.notes],
  } satisfies TrialFacts & Measured);
  return { receipt, path: await keepReceipt(receipt, dataDirectory) };
}

function planFor(
  { reference, profile, request }: ParsedInput<'trial.run'>,
  task: Task,
  dataDirectory: string,
): Promise<Plan> {
  if (reference === null) {
    throw new ExpectedError('no-model', 'Nothing was named to run.', 'Give a model file or a plan.');
  }
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

function machineNotes(plan: Plan, profile: Profile | null): readonly string[] {
  if (profile === null) {
    return ['This machine was not measured, so what it is stands nowhere in this receipt.'];
  }
  if (plan.profile_id === undefined || plan.profile_id === null || plan.profile_id === machineId(profile)) {
    return [];
  }
  return [
    'The plan was made for another machine: its forecast and memory are that machine’s, the measurement is this one’s.',
  ];
}

/** Under the lock that measuring takes too: two at once would measure each other. */
async function alone(
  dataDirectory: string,
  signal: AbortSignal,
  run: () => Promise<CommandOutput<'trial.run'>>,
): Promise<CommandOutput<'trial.run'>> {
  let started = false;
  const begin = () => {
    started = true;
    return run();
  };
  try {
    return await withLock(join(dataDirectory, 'measuring'), signal, begin);
  } catch (error) {
    if (started || !(error instanceof StoreError) || error.code !== 'locked') throw error;
    const who = error.pid === null ? '' : ` (process ${error.pid})`;
    throw new ExpectedError(
      'locked',
      `Another trial or measurement runs on this machine${who}, and two at once would measure each other.`,
      'Wait until it is done, or end it.',
      { pid: error.pid },
    );
  }
}
