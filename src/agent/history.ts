import { join } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import { ExpectedError } from '../contract/errors';
import { compareProfiles } from '../core/profile/compare-profiles';
import { formatProfile, parseProfile } from '../core/profile/parse-profile';
import type { Profile } from '../core/profile/schema';
import { keepDated, listDated } from '../host/store/dated-texts';
import { loadText } from '../host/store/load-text';
import { expectingProfileErrors } from './profile-errors';
import { currentProfile, notMeasured } from './profiles';

/** About 4 MB; one a day for three months. */
const MOST_KEPT = 100;

/** Keeps a measurement by its date; the oldest beyond the newest 100 are removed. Throws StoreError. */
export function keepInHistory(profile: Profile, dataDirectory: string): Promise<void> {
  return keepDated(folderOf(dataDirectory), profile.created, formatProfile(profile), MOST_KEPT);
}

/** The measurements kept, the newest first. */
export function measurementHistory(dataDirectory: string): Promise<CommandOutput<'profile.history'>> {
  return expectingProfileErrors(async () => {
    const kept = await listDated(folderOf(dataDirectory));
    return { measurements: kept.map(({ id, date }) => ({ id, created: date })) };
  });
}

/** Compares two profiles; null where there is nothing earlier to compare with. Throws ExpectedError. */
export function compareWithHistory(
  { before, after }: ParsedInput<'profile.compare'>,
  dataDirectory: string,
): Promise<CommandOutput<'profile.compare'>> {
  return expectingProfileErrors(async () => {
    const now = after ?? (await measuredProfile(dataDirectory));
    const earlier = await earlierProfile(before, now, dataDirectory);
    return { comparison: earlier === null ? null : compareProfiles(earlier, now) };
  });
}

async function earlierProfile(
  before: Profile | string | null,
  now: Profile,
  dataDirectory: string,
): Promise<Profile | null> {
  if (before !== null && typeof before !== 'string') return before;
  const kept = await listDated(folderOf(dataDirectory));
  const found =
    before === null
      ? kept.find(({ date }) => Date.parse(date) < Date.parse(now.created))
      : kept.find(({ id }) => id === before);
  if (found === undefined && before === null) return null;
  const text = found === undefined ? null : await loadText(found.path);
  if (text === null) throw noSuchMeasurement(before);
  return parseProfile(text);
}

async function measuredProfile(dataDirectory: string): Promise<Profile> {
  const { profile, path } = await currentProfile(dataDirectory);
  if (profile === null) throw notMeasured(path);
  return profile;
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, 'history');
}

function noSuchMeasurement(id: string | null): ExpectedError {
  return new ExpectedError(
    'not-found',
    `There is no measurement ${id ?? ''} in the history.`,
    'Choose one of those that are kept.',
    { id },
  );
}
