import type { CommandOutput } from '../../contract/commands';
import { keep } from './keep';
import { prepare, type TrialCase } from './prepare';
import { measureStarts } from './starts';

/** One plan, measured and kept. */
export async function trialOf(own: TrialCase): Promise<CommandOutput<'trial.run'>> {
  const { question, facts } = await prepare(own);
  const measured = await measureStarts(question);
  own.task.signal.throwIfAborted();
  return keep({ ...measured, ...facts }, own.options);
}
