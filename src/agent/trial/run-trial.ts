import { join } from 'node:path';
import type { CommandOutput, ParsedInput } from '../../contract/commands';
import type { Task } from '../../contract/dispatcher';
import { ExpectedError } from '../../contract/errors';
import { sweepBallasts } from '../../host/run/ballast-folder';
import { StoreError } from '../../host/store/store-error';
import { withLock } from '../../host/store/with-lock';
import { ballastTrial } from './ballast-trial';
import { expectingTrialErrors } from './errors';
import type { TrialOptions } from './prepare';
import { trialOf } from './one-trial';

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
