import type { z } from 'zod';
import { explainAbsent } from './explain-absent';
import { fromGpuContainer, gpuContainerSchema } from './from-gpu-container';
import { parseJson } from './parse-json';
import { ProfileError } from './profile-error';
import { PROFILE_SCHEMA_VERSION, profileSchema, type Profile } from './schema';

const MEASURE_AGAIN = 'Correct the value, or measure the machine again with plimsoll probe.';

/**
 * A profile from the text of a file: this program's 1.x, older or newer (unknown keys are kept, missing ones are null),
 * or gpu-container's 0.1.0. Afterwards every figure that is null has a reason. Throws ProfileError.
 */
export function parseProfile(text: string): Profile {
  const raw = parseJson(text);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    const found = Array.isArray(raw) ? 'a list' : raw === null ? 'null' : `a ${typeof raw}`;
    throw new ProfileError(
      'not-a-profile',
      `The file holds ${found}, not a profile.`,
      'Choose a profile.json that Plimsoll wrote.',
    );
  }
  const version = versionOf(raw);
  if (version.startsWith('0.1.')) {
    const converted = fromGpuContainer(accept(gpuContainerSchema, raw));
    return explainAbsent(accept(profileSchema, converted), converted);
  }
  if (!/^1\.\d+\.\d+$/.test(version)) throw unsupported(version);
  return explainAbsent(accept(profileSchema, raw), raw);
}

/** The text of a profile's file. */
export function formatProfile(profile: Profile): string {
  return `${JSON.stringify(profile, null, 2)}\n`;
}

function versionOf(raw: object): string {
  const version = (raw as { schema_version?: unknown }).schema_version;
  if (typeof version === 'string' && version.length < 40) return version;
  throw new ProfileError(
    'not-a-profile',
    version === undefined
      ? 'The file is JSON, but has no schema_version, so it is not a profile.'
      : 'The schema_version at /schema_version is not the text of a version.',
    'Choose a profile.json that Plimsoll or gpu-container wrote.',
    '/schema_version',
  );
}

function unsupported(version: string): ProfileError {
  return new ProfileError(
    'unsupported-version',
    `The profile is of version ${version}, and this Plimsoll reads 1.x (it writes ${PROFILE_SCHEMA_VERSION}) and gpu-container's 0.1.x.`,
    'Update Plimsoll, or measure the machine again with this one.',
    '/schema_version',
  );
}

function accept<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const pointer = `/${(issue?.path ?? []).map(String).join('/')}`.slice(0, 200);
  throw new ProfileError(
    'invalid-field',
    `The profile is not valid at ${pointer}: ${issue?.message ?? 'unknown fault'}.`,
    MEASURE_AGAIN,
    pointer,
  );
}
