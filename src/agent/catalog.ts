import { basename, join } from 'node:path';
import type { CommandOutput } from '../contract/commands';
import { ExpectedError } from '../contract/errors';
import { catalogWith } from '../core/catalog/catalog';
import { LONGEST_STRUCTURED_TEXT } from '../core/catalog/read-structured-text';
import { CatalogError, joinCatalogs, parseCatalog, type UserCatalog } from '../core/catalog/user-catalog';
import { listTexts } from '../host/store/list-texts';
import { loadText } from '../host/store/load-text';
import { saveText } from '../host/store/save-text';
import { expectingProfileErrors } from './profile-errors';

const endings = ['.json', '.yaml', '.yml'];

/**
 * The built-in rows with the user's own: of the files in `catalog` of the data folder, and of these. Throws ExpectedError with a
 * sentence for every fault.
 */
export async function readCatalog(
  files: readonly string[],
  dataDirectory: string,
): Promise<CommandOutput<'catalog.read'>> {
  const kept = await listTexts(catalogFolder(dataDirectory), endings);
  const paths = [...kept, ...files];
  const own = await Promise.all(paths.map((path) => readOwn(path)));
  const joined = expectingFaults(() => joinCatalogs(own), paths.join(', '));
  return { ...catalogWith(joined), paths };
}

/** Keeps a file of the user's own rows in the data folder, after reading it beside those that are there. */
export async function keepCatalog(
  file: string,
  dataDirectory: string,
): Promise<CommandOutput<'catalog.keep'>> {
  const name = basename(file);
  if (!endings.some((ending) => name.toLowerCase().endsWith(ending))) {
    throw new ExpectedError(
      'not-a-catalog',
      `${file} is not named as a catalog is.`,
      `Name it with one of ${endings.join(', ')}.`,
    );
  }
  const folder = catalogFolder(dataDirectory);
  const path = join(folder, name);
  const others = (await listTexts(folder, endings)).filter((each) => each !== path);
  const own = await Promise.all([...others, file].map((each) => readOwn(each)));
  expectingFaults(() => joinCatalogs(own), [...others, file].join(', '));
  const text = await textOf(file);
  await expectingProfileErrors(() => saveText(path, text));
  return { path };
}

function catalogFolder(dataDirectory: string): string {
  return join(dataDirectory, 'catalog');
}

async function readOwn(path: string): Promise<UserCatalog> {
  const text = await textOf(path);
  return expectingFaults(() => parseCatalog(text), path);
}

async function textOf(path: string): Promise<string> {
  // four bytes a character at most
  const text = await expectingProfileErrors(() => loadText(path, 4 * LONGEST_STRUCTURED_TEXT));
  if (text !== null) return text;
  throw new ExpectedError('not-found', `There is no file ${path}.`, 'Check the path of the catalog.', {
    path,
  });
}

function expectingFaults<T>(run: () => T, where: string): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    throw new ExpectedError(
      'not-a-catalog',
      `${where}: ${error.faults.join(' ')}`,
      'Correct these rows, or leave the file away.',
      { faults: [...error.faults] },
    );
  }
}
