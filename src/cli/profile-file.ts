import { readFile } from 'node:fs/promises';
import { expectingProfileErrors } from '../agent/profile-errors';
import { ExpectedError } from '../contract/errors';
import { parseProfile } from '../core/profile/parse-profile';
import { ProfileError } from '../core/profile/profile-error';
import type { Profile } from '../core/profile/schema';

/** The profile in a file that was named on the command line. Throws ExpectedError. */
export async function profileFrom(path: string): Promise<Profile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw notReadable(path, error);
  });
  return expectingProfileErrors(async () => {
    try {
      return parseProfile(text);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      throw new ProfileError(error.code, `${path}: ${error.message}`, error.remedy, error.pointer);
    }
  });
}

function notReadable(path: string, error: unknown): ExpectedError {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'Name a file that `plimsoll probe --out FILE` wrote.';
  return new ExpectedError('not-found', `The profile ${path} could not be read: ${message}.`, remedy, {
    path,
  });
}
