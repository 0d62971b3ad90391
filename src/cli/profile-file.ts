import { expectingProfileErrors } from '../agent/profile-errors';
import { parseProfile } from '../core/profile/parse-profile';
import { ProfileError } from '../core/profile/profile-error';
import type { Profile } from '../core/profile/schema';
import { readNamedFile } from './named-file';

/** The profile in a file that was named on the command line. Throws ExpectedError. */
export async function profileFrom(path: string): Promise<Profile> {
  const remedy = 'Name a file that `plimsoll probe --out FILE` wrote.';
  const text = await readNamedFile(path, { what: 'The profile ', remedy });
  return expectingProfileErrors(async () => {
    try {
      return parseProfile(text);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      throw new ProfileError(error.code, `${path}: ${error.message}`, error.remedy, error.pointer);
    }
  });
}
