import { modelNamesNear } from '../core/catalog/models';
import type { GgufFile } from '../core/model/gguf/gguf-file';
import type { Undecided } from '../core/model/hub/choose-file';
import { ExpectedError } from '../contract/errors';
import { isBareName } from './model-reference';

/** What else may be given for a model. */
export const ANOTHER =
  'Give a GGUF file, a config.json or safetensors with their quantisation, or a name of the catalog.';

/** No such file and no such name: says which names come near. */
export function unknownModel(reference: string, base: string): ExpectedError {
  const near = modelNamesNear(base);
  const named = isBareName(base);
  const what = named
    ? `There is no model "${reference}", neither as a file nor in the catalog.`
    : `There is no file ${reference}.`;
  const details = { reference, nearest: near };
  if (near.length > 0) {
    return new ExpectedError(
      'not-found',
      what,
      `${named ? 'Did' : 'Check the path, or did'} you mean ${near.join(', ')}?`,
      details,
    );
  }
  const remedy = named
    ? 'Give the path of a GGUF file, or a name that `plimsoll catalog models` lists.'
    : 'Check the path.';
  return new ExpectedError('not-found', what, remedy, details);
}

/** A repository without a file of the quantisation asked for, or with several: says what there is. `remedy`: how one is named there. */
export function undecidedFile(
  reference: string,
  repository: string,
  choice: Undecided,
  remedy: string,
): ExpectedError {
  return new ExpectedError(
    choice.kind === 'none' ? 'not-found' : 'ambiguous',
    `${repository} holds ${heldFiles(choice)}.`,
    remedy,
    { reference, files: choice.paths.slice(0, 100) },
  );
}

function heldFiles(choice: Undecided): string {
  const { length } = choice.paths;
  const shown = `${choice.paths.slice(0, 12).join(', ')}${length > 12 ? `, and ${length - 12} more` : ''}`;
  if (choice.kind === 'none') return `no GGUF file of that quantisation, but ${shown}`;
  if (choice.models === length) return `${length} models in GGUF files: ${shown}`;
  return `${choice.models} models in GGUF files, ${length} of them in ${choice.quant}: ${shown}`;
}

/** A repository with neither a GGUF file nor a config.json. */
export function emptyRepository(repository: string): ExpectedError {
  return new ExpectedError(
    'not-a-model',
    `${repository} holds neither a GGUF file nor a config.json.`,
    ANOTHER,
    { repository },
  );
}

/** A reference that begins like one of the hub and is none. */
export function malformedReference(reference: string): ExpectedError {
  return new ExpectedError(
    'invalid-reference',
    `"${reference.slice(0, 200)}" does not name a model on Hugging Face.`,
    'Write hf:ORG/REPO, hf:ORG/REPO:QUANT, hf:ORG/REPO/FILE or hf:ORG/REPO@REVISION.',
    { reference },
  );
}

export function manyModels(folder: string, names: readonly string[]): ExpectedError {
  const shown = names.slice(0, 8).join(', ');
  const more = names.length > 8 ? `, and ${names.length - 8} more` : '';
  return new ExpectedError(
    'ambiguous',
    `${folder} holds ${names.length} models: ${shown}${more}.`,
    'Name one of them.',
    {
      folder,
      models: names.slice(0, 100),
    },
  );
}

export function folderWithoutModel(folder: string): ExpectedError {
  return new ExpectedError(
    'not-a-model',
    `${folder} holds neither a GGUF file nor safetensors nor a config.json.`,
    ANOTHER,
    {
      folder,
    },
  );
}

/** Refuses GGUF files that are an accessory of a model: adapters, image projectors, importance matrices. */
export function refuseAdapter(header: GgufFile, path: string): void {
  const kind =
    header.metadata['general.architecture'] === 'clip' ? 'mmproj' : header.metadata['general.type'];
  if (kind === undefined || kind === 'model') return;
  const what = { adapter: 'an adapter', mmproj: 'an image projector', imatrix: 'an importance matrix' }[
    String(kind)
  ];
  if (what === undefined) return;
  throw new ExpectedError(
    'not-a-model',
    `${path} is ${what}, which goes with a model but is none.`,
    'Give the GGUF file of the model itself.',
    { path },
  );
}
