import { ExpectedError } from '../contract/errors';
import { chooseFile } from '../core/model/hub/choose-file';
import { findGgufFiles } from '../host/read/find-model-files';
import { findOllamaModels } from '../host/read/find-ollama-models';
import { usualModelFolders } from '../host/read/model-folders';
import { splitQuant } from './model-reference';
import { undecidedFile } from './reference-errors';
import { nearestNames } from '../core/catalog/nearest-names';

/** Whether a reference names a model in another program's store: `ollama:…` or `lmstudio:…`. */
export function isStored(reference: string): boolean {
  return /^(ollama|lm-?studio):/i.test(reference);
}

/**
 * Path of the file that `ollama:NAME[:TAG]` or `lmstudio:NAME[:QUANT]` names, the latter by publisher and repository, repository, or
 * file. Throws ExpectedError that says which names come near, or AbortError.
 */
export async function pathOfStored(reference: string, signal: AbortSignal): Promise<string> {
  const colon = reference.indexOf(':');
  const name = reference.slice(colon + 1).replace(/^\/\//, '');
  return /^ollama:/i.test(reference)
    ? pathInOllama(reference, name, signal)
    : pathInLmStudio(reference, name, signal);
}

async function pathInOllama(reference: string, name: string, signal: AbortSignal): Promise<string> {
  const wanted = /:[^/]*$/.test(name) ? name : `${name}:latest`;
  const models = [];
  for (const path of foldersOf('ollama')) models.push(...(await findOllamaModels(path, signal)));
  const found = models.find((model) => same(model.name, wanted));
  if (found !== undefined) return found.path;
  throw notStored(
    reference,
    'Ollama',
    name,
    models.map((model) => model.name),
  );
}

interface Repository {
  /** PUBLISHER/REPOSITORY. */
  readonly name: string;
  /** Paths of its files by their names. */
  readonly files: Map<string, string>;
}

async function pathInLmStudio(reference: string, name: string, signal: AbortSignal): Promise<string> {
  const repositories = await lmStudioRepositories(signal);
  for (const wanted of [{ base: name, quant: null }, splitQuant(name)]) {
    for (const { name: repository, files } of repositories) {
      const file = [...files.keys()].find((path) => namesFile(wanted.base, repository, path));
      if (file !== undefined) return files.get(file)!;
      if (!namesRepository(wanted.base, repository)) continue;
      const choice = chooseFile(
        [...files.keys()].map((path) => ({ path, bytes: null })),
        wanted.quant,
      );
      if (choice.kind === 'file') return files.get(choice.path)!;
      if (choice.kind !== 'no-gguf')
        throw undecidedFile(reference, repository, choice, 'Name one of them, or its quantisation.');
    }
  }
  throw notStored(
    reference,
    'LM Studio',
    name,
    repositories.map((repository) => repository.name),
  );
}

async function lmStudioRepositories(signal: AbortSignal): Promise<readonly Repository[]> {
  const repositories = new Map<string, Repository>();
  for (const folder of foldersOf('lm-studio')) {
    for (const { path } of await findGgufFiles(folder, signal)) {
      const parts = path.slice(folder.length + 1).split(/[/\\]/);
      const name = parts.slice(0, 2).join('/');
      const repository = repositories.get(name) ?? { name, files: new Map<string, string>() };
      repository.files.set(parts.slice(2).join('/') || parts.at(-1)!, path);
      repositories.set(name, repository);
    }
  }
  return [...repositories.values()];
}

function namesRepository(wanted: string, repository: string): boolean {
  const short = repository.split('/').at(-1)!;
  return [repository, short, short.replace(/-GGUF$/i, '')].some((name) => same(name, wanted));
}

function namesFile(wanted: string, repository: string, path: string): boolean {
  const stem = path.replace(/(-00001-of-\d{5})?\.gguf$/i, '');
  return [path, stem, `${repository}/${path}`, `${repository}/${stem}`].some((name) => same(name, wanted));
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function foldersOf(origin: 'ollama' | 'lm-studio'): readonly string[] {
  return usualModelFolders()
    .filter((folder) => folder.origin === origin)
    .map(({ path }) => path);
}

function notStored(
  reference: string,
  program: string,
  name: string,
  names: readonly string[],
): ExpectedError {
  const near = nearestNames(name, names, 3);
  const some =
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : `It has ${names.slice(0, 8).join(', ')}.`;
  return new ExpectedError(
    'not-found',
    `${program} has no model "${name}" on this machine.`,
    names.length === 0
      ? `Get the model with ${program}, or give the path of a GGUF file; \`plimsoll models\` lists those found.`
      : some,
    { reference, nearest: near },
  );
}
