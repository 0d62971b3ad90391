import type { CommandOutput, ParsedInput } from '../../contract/commands';
import type { Task } from '../../contract/dispatcher';
import type { Model } from '../../core/model/schema';
import { currentProfile } from '../profiles';
import {
  modelBehind,
  requestOfPart,
  withBallast,
  withBallasts,
  type WrittenBallast,
} from './written-ballast';
import { keep } from './keep';
import { trialOf } from './one-trial';
import { planFor, prepare, type Prepared, type TrialCase, type TrialOptions } from './prepare';
import { scaledOutcome } from './scaled';
import { measureInTurns, merged } from './starts';

/** A stand-in of the whole model, or two of a part of its layers, from which the whole is worked out. */
export async function ballastTrial(
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
    const measured = merged(turns[index]!, { asked: input.starts, inTurns: true });
    const one = await keep({ ...measured, ...facts }, options);
    if (one.receipt.stopped_by !== null) return one;
    kept.push(one);
  }
  const plan = input.plan ?? (await planFor(input, task, options.dataDirectory));
  const profile = input.profile ?? (await currentProfile(options.dataDirectory)).profile;
  const receipts = kept.map(({ receipt }) => receipt);
  const scaled = await keep(scaledOutcome({ model, receipts, turns, plan, profile }), options);
  return { ...scaled, parts: receipts.slice(0, 2).map(({ id }) => id) };
}
