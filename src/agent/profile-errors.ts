import { ExpectedError } from '../contract/errors';
import { ProfileError } from '../core/profile/profile-error';
import { StoreError } from '../host/store/store-error';

/** The error to show for one that reading or keeping a profile threw; what a user cannot act on comes back as it is. */
export function toExpectedProfileError(error: unknown): unknown {
  if (error instanceof ProfileError) {
    return new ExpectedError(error.code, error.message, error.remedy, { pointer: error.pointer });
  }
  if (error instanceof StoreError) {
    return new ExpectedError(error.code, error.message, error.remedy, { path: error.path, pid: error.pid });
  }
  return error;
}

/** Runs it, and turns what it throws into what a user can act on. */
export async function expectingProfileErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toExpectedProfileError(error);
  }
}
