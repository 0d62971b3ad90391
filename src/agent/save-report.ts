import { resolve } from 'node:path';
import { saveText } from '../host/store/save-text';
import { expectingProfileErrors } from './profile-errors';

/** Writes a text where the user asked for it, whole or not at all. Throws ExpectedError where that cannot be done. */
export function saveReport(path: string, text: string): Promise<void> {
  return expectingProfileErrors(() => saveText(resolve(path), text));
}
