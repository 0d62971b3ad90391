import type { ArgumentDraft } from './arguments';
import type { ReadValue } from './read-values';

/** An option that has a part in memory. */
export interface ShapingOption {
  readonly values: 0 | 1;
  readonly read: ReadValue;
}

/** An option with a value, under each of its names. */
export function valued(names: string, read: ReadValue): readonly (readonly [string, ShapingOption])[] {
  return names.split(' ').map((name) => [name, { values: 1, read }] as const);
}

/** An option without one. */
export function plain(
  names: string,
  set: (draft: ArgumentDraft) => void,
): readonly (readonly [string, ShapingOption])[] {
  const read: ReadValue = (draft) => {
    set(draft);
    return null;
  };
  return names.split(' ').map((name) => [name, { values: 0, read }] as const);
}
