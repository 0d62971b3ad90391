import { serverNames, uncountedOptions } from './option-names';
import { shapingOptions } from './options';

/** How many words behind an option of llama-server are its values; null for a word that is no option of it. */
export function valuesOf(written: string): number | null {
  const name = written.startsWith('--') ? written.replaceAll('_', '-') : written;
  const shaping = shapingOptions.get(name);
  if (shaping !== undefined) return shaping.values;
  if (serverNames.plain.has(name)) return 0;
  if (serverNames.valued.has(name)) return 1;
  return Object.hasOwn(uncountedOptions, name) ? uncountedOptions[name]!.values : null;
}
