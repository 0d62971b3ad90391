import { ExpectedError } from '../contract/errors';
import { didYouMean, type Named } from '../core/catalog/find-named';
import type { CatalogPart } from '../core/report/catalog-text';

/** The entry that a word of the command line names; where it is unclear which, throws ExpectedError that says what may be meant. */
export function chosen<T>(kind: string, name: string, found: Named<T>, part: CatalogPart): T {
  if (found.kind === 'found') return found.entry;
  throw new ExpectedError(
    'usage',
    `There is no ${kind} ${JSON.stringify(name.slice(0, 100))} in the catalog.${didYouMean(found.near)}`,
    `Run \`plimsoll catalog ${part}\` for the names.`,
  );
}
