import { join } from 'node:path';
import type { CommandOutput, ParsedInput } from '../contract/commands';
import { ExpectedError } from '../contract/errors';
import { formatProfile, parseProfile } from '../core/profile/parse-profile';
import { ProfileError } from '../core/profile/profile-error';
import type { Profile } from '../core/profile/schema';
import { toGpuContainer } from '../core/profile/to-gpu-container';
import { prepareDisk } from '../host/probe/disk';
import { loadText } from '../host/store/load-text';
import { saveText } from '../host/store/save-text';
import { expectingProfileErrors } from './profile-errors';

/** Where the current profile lies. */
export function profilePath(dataDirectory: string): string {
  return join(dataDirectory, 'profile.json');
}

/** The current profile; null where this machine was not measured yet. Throws ExpectedError for a file that is not one. */
export function currentProfile(dataDirectory: string): Promise<CommandOutput<'profile.current'>> {
  const path = profilePath(dataDirectory);
  return expectingProfileErrors(async () => {
    const text = await loadText(path);
    return { profile: text === null ? null : parseKept(text, path), path };
  });
}

/** What measuring these folders' disks would write, or why it would not be done. Writes nothing. */
export async function prepareProfile({
  directories,
}: {
  readonly directories: readonly string[];
}): Promise<CommandOutput<'profile.prepare'>> {
  return { disks: await Promise.all(directories.map((directory) => prepareDisk(directory))) };
}

/** Keeps the profile in a text as the current one. Throws ExpectedError for a text that is not one. */
export function importProfile(text: string, dataDirectory: string): Promise<CommandOutput<'profile.import'>> {
  const path = profilePath(dataDirectory);
  return expectingProfileErrors(async () => {
    const profile = parseProfile(text);
    await saveText(path, formatProfile(profile));
    return { profile, path };
  });
}

/** The current profile as the text of a file. Throws ExpectedError where there is none. */
export async function exportProfile(
  format: ParsedInput<'profile.export'>['format'],
  dataDirectory: string,
): Promise<CommandOutput<'profile.export'>> {
  const { profile, path } = await currentProfile(dataDirectory);
  if (profile === null) throw notMeasured(path);
  return { file_name: fileNames[format], text: textOf(profile, format) };
}

const fileNames = { plimsoll: 'profile.json', 'gpu-container': 'profile.gpu-container.json' } as const;

function textOf(profile: Profile, format: keyof typeof fileNames): string {
  if (format === 'plimsoll') return formatProfile(profile);
  return `${JSON.stringify(toGpuContainer(profile), null, 2)}\n`;
}

/** There is no profile to work with: says how to get one. */
export function notMeasured(path: string): ExpectedError {
  return new ExpectedError(
    'no-profile',
    'This machine was not measured yet.',
    'Measure it with `plimsoll probe`, or import a profile.',
    { path },
  );
}

/** A kept file that cannot be read says which it is: the user did not choose it. */
function parseKept(text: string, path: string): Profile {
  try {
    return parseProfile(text);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const remedy = 'Measure this machine again with `plimsoll probe`, which replaces the file.';
    throw new ProfileError(error.code, `${path}: ${error.message}`, remedy, error.pointer);
  }
}
