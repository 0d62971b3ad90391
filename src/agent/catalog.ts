import { basename, join } from 'node:path';
import type { CommandOutput } from '../contract/commands';
import { ExpectedError } from '../contract/errors';
import { catalogWith } from '../core/catalog/catalog';
import { LONGEST_STRUCTURED_TEXT } from '../core/catalog/read-structured-text';
import { CatalogError, joinCatalogs, parseCatalog, type UserCatalog } from '../core/catalog/user-catalog';
import { listTexts } from '../host/store/list-texts';
import { loadText } from '../host/store/load-text';
import { removeText } from '../host/store/remove-text';
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
  checkName(basename(file), file);
  return importCatalog(basename(file), await textOf(file), dataDirectory, file);
}

/** Keeps a text under this name, after reading it beside those that are there; `where` is what a fault names. */
export async function importCatalog(
  name: string,
  text: string,
  dataDirectory: string,
  where = name,
): Promise<CommandOutput<'catalog.import'>> {
  checkName(name, where);
  const folder = catalogFolder(dataDirectory);
  const path = join(folder, name);
  const own = expectingFaults(() => parseCatalog(text), where);
  const others = (await listTexts(folder, endings)).filter((each) => each !== path);
  const kept = await Promise.all(others.map((each) => readOwn(each)));
  expectingFaults(() => joinCatalogs([...kept, own]), [...others, where].join(', '));
  await expectingProfileErrors(() => saveText(path, text));
  return { path };
}

/** Names of the files that are kept. */
export async function keptCatalogs(dataDirectory: string): Promise<readonly string[]> {
  return (await listTexts(catalogFolder(dataDirectory), endings)).map((path) => basename(path));
}

/** Removes a file that is kept, even one that cannot be read. Throws ExpectedError where there is none of this name. */
export async function removeCatalog(
  name: string,
  dataDirectory: string,
): Promise<CommandOutput<'catalog.remove'>> {
  const kept = await keptCatalogs(dataDirectory);
  if (!kept.includes(name)) {
    throw new ExpectedError(
      'not-found',
      `No catalog is kept under the name ${JSON.stringify(name)}.`,
      kept.length === 0 ? 'None is kept at all.' : `Name one of ${kept.join(', ')}.`,
    );
  }
  const path = join(catalogFolder(dataDirectory), name);
  await removeText(path);
  return { path };
}

function checkName(name: string, where: string): void {
  // A name alone: it must not lead out of the folder.
  if (
    basename(name) === name &&
    !/[\\/]/u.test(name) &&
    endings.some((end) => name.toLowerCase().endsWith(end))
  )
    return;
  throw new ExpectedError(
    'not-a-catalog',
    `${where} is not named as a catalog is.`,
    `Name it with one of ${endings.join(', ')}.`,
  );
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
