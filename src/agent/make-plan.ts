import type { CommandOutput, ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { planModel } from '../core/plan/plan-model';
import type { Profile } from '../core/profile/schema';
import { currentProfile } from './profiles';
import { readModel } from './read-model';

/** Plans a model for the given profile, else for the stored one. */
export async function makePlan(
  { reference, profile, request }: ParsedInput<'plan.make'>,
  { signal }: Task,
  dataDirectory: string,
): Promise<CommandOutput<'plan.make'>> {
  const machine = profile ?? (await storedProfile(dataDirectory));
  return planModel(await readModel(reference, signal, dataDirectory), machine, request);
}

async function storedProfile(dataDirectory: string): Promise<Profile> {
  const { profile, path } = await currentProfile(dataDirectory);
  if (profile !== null) return profile;
  throw new ExpectedError(
    'no-profile',
    'This machine was not measured yet, so there is nothing to plan with.',
    'Run `plimsoll probe` (or `plimsoll probe --quick`), or name a profile with --profile.',
    { path },
  );
}
