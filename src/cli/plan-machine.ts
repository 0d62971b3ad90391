import { ExpectedError } from '../contract/errors';
import { findGpu } from '../core/catalog/gpus/gpus';
import { profileWithGpus } from '../core/catalog/gpus/profile-with-gpus';
import type { GpuSpec } from '../core/catalog/gpus/schema';
import type { Profile } from '../core/profile/schema';
import { chosen } from './chosen';
import type { Context } from './command';
import { countedCard } from './counted-card';
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
  const cards = names.flatMap((list) => list.split(',')).flatMap((text) => cardsNamed(text, gpus));
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

function cardsNamed(text: string, gpus: readonly GpuSpec[]): readonly GpuSpec[] {
  const { card: name, count } = countedCard('--gpu', text);
  const card = chosen('card', name, findGpu(name, gpus), 'gpus');
  return Array.from({ length: count }, () => card);
}
