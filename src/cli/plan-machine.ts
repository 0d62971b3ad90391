import { ExpectedError } from '../contract/errors';
import { gpuNamed } from '../core/catalog/gpus/gpus';
import { profileWithGpus } from '../core/catalog/gpus/profile-with-gpus';
import type { GpuSpec } from '../core/catalog/gpus/schema';
import type { Profile } from '../core/profile/schema';
import type { Context } from './command';
import { profileFrom } from './profile-file';

/** How a machine to plan for is named on the command line. */
export interface MachineOptions {
  readonly profile?: string;
  readonly gpu?: readonly string[];
  readonly catalog?: readonly string[];
}

/** Far more cards than llama.cpp can use (GGML_MAX_DEVICES). */
const MOST_CARDS = 64;

/**
 * The machine to plan for: a file's, with cards of the catalog in place of its own where these are named; null for the stored one
 * as it was measured. Throws ExpectedError.
 */
export async function machineOf(
  { call }: Context,
  { profile: path, gpu: names = [], catalog = [] }: MachineOptions,
): Promise<Profile | null> {
  const given = path === undefined ? null : await profileFrom(path);
  if (names.length === 0) return given;
  const { gpus } = await call('catalog.read', { files: [...catalog] });
  const cards = names.flatMap((list) => list.split(',')).map((name) => cardNamed(name, gpus));
  if (cards.length > MOST_CARDS) {
    throw new ExpectedError('usage', `There are more than ${MOST_CARDS} cards.`, 'Name fewer with --gpu.');
  }
  return profileWithGpus(given ?? (await storedMachine(call)), cards);
}

async function storedMachine(call: Context['call']): Promise<Profile> {
  const { profile, path } = await call('profile.current', {});
  if (profile !== null) return profile;
  throw new ExpectedError(
    'no-profile',
    'This machine was not measured yet, and cards alone have no host memory to plan with.',
    'Run `plimsoll probe --quick`, or name a machine with --profile.',
    { path },
  );
}

function cardNamed(name: string, gpus: readonly GpuSpec[]): GpuSpec {
  const card = gpuNamed(name, gpus);
  if (card !== null) return card;
  const wanted = name.trim().toLowerCase();
  const near = gpus.filter(({ id }) => wanted !== '' && id.includes(wanted)).map(({ id }) => id);
  const hint = near.length === 0 ? '' : ` Did you mean ${near.slice(0, 4).join(', ')}?`;
  throw new ExpectedError(
    'usage',
    `There is no card ${JSON.stringify(name)} in the catalog.${hint}`,
    'Run `plimsoll catalog gpus` for the names.',
  );
}
