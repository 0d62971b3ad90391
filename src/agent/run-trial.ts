import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { noCalibration } from '../core/calibration/calibrate';
import { withForecastAtReading } from '../core/calibration/forecast-at-reading';
import { reachingWords } from '../core/exact/reaching-options';
import type { Model } from '../core/model/schema';
import type { Plan } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import { buildReceipt, type TrialFacts } from '../core/receipt/build-receipt';
import { machineId } from '../core/receipt/machine-id';
import { sweepBallasts } from '../host/run/ballast-folder';
import { StoreError } from '../host/store/store-error';
import { withLock } from '../host/store/with-lock';
import { calibrationFor } from './calibration';
import { makePlan } from './make-plan';
import { EMBEDDED, pickRuntime, type PickedRuntime } from './pick-runtime';
import { currentProfile } from './profiles';
import { keepReceipt } from './receipt-store';
import { readTrialModel } from './trial-model';
import { modelBehind, requestOfPart, withBallast, withBallasts, type WrittenBallast } from './trial-ballast';
import { refuseOtherDevices } from './trial-devices';
import type { TrialQuestion } from './trial-question';
import { scaledOutcome } from './trial-scaled';
import { measureInTurns, measureStarts, merged } from './trial-starts';
import { expectingTrialErrors } from './trial-errors';

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
  options: TrialOptions,
): Promise<CommandOutput<'trial.run'>> {
  await sweepBallasts(options.dataDirectory);
  return input.ballast === null
    ? trialOf({ input, task, options })
    : ballastTrial(input, input.ballast, task, options);
}

interface TrialCase {
  readonly input: ParsedInput<'trial.run'>;
  readonly task: Task;
  readonly options: TrialOptions;
  /** What the model is called where its file is a stand-in that will be gone. */
  readonly name?: string;
}

async function trialOf(own: TrialCase): Promise<CommandOutput<'trial.run'>> {
  const { question, facts } = await prepare(own);
  const measured = await measureStarts(question);
  own.task.signal.throwIfAborted();
  return keep({ ...measured, ...facts }, own.options);
}

/** A run that could begin now, and what its receipt says beside what is measured. */
interface Prepared {
  readonly question: TrialQuestion;
  readonly facts: Pick<Outcome, 'plan' | 'profile' | 'model' | 'subject' | 'scaled'>;
}

async function prepare({ input, task, options, name }: TrialCase): Promise<Prepared> {
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

/** Everything of a trial but what every receipt has. */
type Outcome = Omit<TrialFacts, 'id' | 'created' | 'generator' | 'os'>;

async function keep(
  outcome: Outcome,
  { generator, dataDirectory, now }: TrialOptions,
): Promise<CommandOutput<'trial.run'>> {
  const created = now();
  const id = `${created.replaceAll(/[:.]/g, '-')}-${randomBytes(2).toString('hex')}`;
  const notes = [...machineNotes(outcome.plan, outcome.profile), ...outcome.notes];
  const built = buildReceipt({ ...outcome, id, created, generator, os: process.platform, notes });
  const { profile } = outcome;
  const calibration = profile === null ? noCalibration : await calibrationFor(profile, dataDirectory);
  const receipt = withForecastAtReading(built, calibration);
  return { receipt, path: await keepReceipt(receipt, dataDirectory), parts: [] };
}

/** A stand-in of the whole model, or two of a part of its layers, from which the whole is worked out. */
async function ballastTrial(
  input: ParsedInput<'trial.run'>,
  { layers, whole }: NonNullable<ParsedInput<'trial.run'>['ballast']>,
  task: Task,
  options: TrialOptions,
): Promise<CommandOutput<'trial.run'>> {
  const { dataDirectory } = options;
  const model = await modelBehind(input, task, dataDirectory);
  const reference = input.reference ?? model.source.locator;
  const blocks = model.block_count;
  if (layers === null || blocks === null || layers >= blocks) {
    return withBallast(reference, null, task, dataDirectory, ({ path }) =>
      trialOf({ input: { ...input, reference: path }, task, options, name: model.name }),
    );
  }
  const counts = [Math.ceil(layers / 2), layers, ...(whole ? [null] : [])];
  return withBallasts(reference, counts, task, dataDirectory, (ballasts) =>
    scaledTrial({ input, task, options, model, ballasts }),
  );
}

interface ScaledCase extends TrialCase {
  readonly model: Model;
  /** The part with fewer layers, the one with more, and the whole where it is to be measured as well. */
  readonly ballasts: readonly WrittenBallast[];
}

/** The parts, and the whole where it was asked for, in turns. */
async function scaledTrial({
  input,
  task,
  options,
  model,
  ballasts,
}: ScaledCase): Promise<CommandOutput<'trial.run'>> {
  const prepared: Prepared[] = [];
  for (const ballast of ballasts) {
    const request = requestOfPart(input.plan?.request ?? input.request, ballast);
    const own = { ...input, plan: null, reference: ballast.path, request };
    const part = `, ${ballast.layers} of ${ballast.of} layers`;
    const name = `${model.name}${ballast.layers === ballast.of ? '' : part}`;
    prepared.push(await prepare({ input: own, task, options, name }));
  }
  const turns = await measureInTurns(prepared.map(({ question }) => question));
  task.signal.throwIfAborted();
  const kept: CommandOutput<'trial.run'>[] = [];
  for (const [index, { facts }] of prepared.entries()) {
    if (turns[index]!.length === 0) continue;
    const one = await keep({ ...merged(turns[index]!, input.starts), ...facts }, options);
    if (one.receipt.stopped_by !== null) return one;
    kept.push(one);
  }
  const plan = input.plan ?? (await planFor(input, task, options.dataDirectory));
  const profile = input.profile ?? (await currentProfile(options.dataDirectory)).profile;
  const receipts = kept.map(({ receipt }) => receipt);
  const scaled = await keep(scaledOutcome({ model, receipts, turns, plan, profile }), options);
  return { ...scaled, parts: receipts.slice(0, 2).map(({ id }) => id) };
}

function planFor(
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

function machineNotes(plan: Plan | null, profile: Profile | null): readonly string[] {
  if (profile === null) {
    return ['This machine was not measured, so what it is stands nowhere in this receipt.'];
  }
  const planned = plan?.profile_id ?? null;
  if (planned === null || planned === machineId(profile)) return [];
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
