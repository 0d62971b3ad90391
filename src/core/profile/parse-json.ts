import { ProfileError } from './profile-error';

/** A profile of a machine with 64 cards and their provenance is below 1 MiB. */
const MAX_CHARACTERS = 16 * 2 ** 20;
/** A profile is 6 deep; what newer versions add stays far below this. */
const MAX_DEPTH = 64;
/** Keys that would reach an object's prototype where records are merged. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const CHOOSE_ANOTHER =
  'Choose a profile.json that Plimsoll wrote, or measure this machine with plimsoll probe.';

/** The JSON value in a text from outside, bounded in size and depth and without keys that reach prototypes. */
export function parseJson(text: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new ProfileError(
      'too-large',
      'The file is larger than 16 MiB, which no profile is.',
      CHOOSE_ANOTHER,
    );
  }
  refuseDepth(text);
  const value = parse(text);
  refuseForbiddenKeys(value, '');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 200);
    throw new ProfileError('not-json', `The file is not JSON, or is cut short: ${detail}.`, CHOOSE_ANOTHER);
  }
}

/** Counts brackets outside of strings, before anything is built. */
function refuseDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (inString) {
      if (code === BACKSLASH) position += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    if (depth > MAX_DEPTH) {
      throw new ProfileError(
        'too-deep',
        `The file is nested more than ${MAX_DEPTH} levels deep at character ${position}, which no profile is.`,
        CHOOSE_ANOTHER,
      );
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

function refuseForbiddenKeys(value: unknown, pointer: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const where = `${pointer}/${key.slice(0, 100)}`;
    if (FORBIDDEN_KEYS.has(key)) {
      throw new ProfileError(
        'forbidden-key',
        `The file has a key named "${key}" at ${where}, which no profile has.`,
        CHOOSE_ANOTHER,
        where,
      );
    }
    refuseForbiddenKeys(child, where);
  }
}
