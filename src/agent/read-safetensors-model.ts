import { dirname, join } from 'node:path';
import { ExpectedError } from '../contract/errors';
import type { Finding } from '../core/finding';
import { modelFromConfig } from '../core/model/config/model-from-config';
import { modelFromSafetensors } from '../core/model/safetensors/model-from-safetensors';
import type { SafetensorsFile } from '../core/model/safetensors/safetensors-file';
import type { Model } from '../core/model/schema';
import { readConfigFile } from '../host/read/config-file';
import { kindOfPath } from '../host/read/look-at-path';
import { ReadError } from '../host/read/read-error';
import { readSafetensorsFile, readSafetensorsIndex } from '../host/read/safetensors-files';
import { nameOfFile } from './model-reference';

/** Whether a path is one of safetensors, or of the index of several. */
export function isSafetensors(path: string): boolean {
  return /\.safetensors(\.index\.json)?$/i.test(path);
}

/** Of a folder's names the one that leads to its published weights: the index, else the only file; null where there is none. */
export function weightsAmong(names: readonly string[]): string | null {
  const index = names.find((name) => /\.safetensors\.index\.json$/i.test(name));
  if (index !== undefined) return index;
  const files = names.filter((name) => /\.safetensors$/i.test(name));
  return files.find((name) => name === 'model.safetensors') ?? (files.length === 1 ? files[0]! : null);
}

/**
 * The model whose published weights `path` leads to, with the config.json beside them: what converting and quantising it would give,
 * or the weights as they are where that cannot be said. Throws what reading throws, or ExpectedError.
 */
export async function modelInSafetensors(
  path: string,
  quant: string | null,
  signal: AbortSignal,
): Promise<Model> {
  const config = await configBeside(path);
  if (config === null && quant !== null) throw needsConfig(path, quant);
  const options = { name: nameOfFile(path), locator: path, quant };
  const weights = await weightsAt(path, signal).catch((error: unknown) => {
    if (config !== null && error instanceof ReadError && error.reason === 'missing-part') return error;
    throw error;
  });
  if (!(weights instanceof ReadError)) return modelFromSafetensors(weights, config, options);
  const model = modelFromConfig(config, options);
  return { ...model, findings: [...model.findings, incompleteWeights(weights)] };
}

/** Of one of several files the others are found by the index beside it. */
async function weightsAt(path: string, signal: AbortSignal): Promise<SafetensorsFile> {
  if (/\.json$/i.test(path)) return readSafetensorsIndex(path, signal);
  const index = path.replace(/-\d{5}-of-\d{5}\.safetensors$/i, '.safetensors.index.json');
  if (index === path) return readSafetensorsFile(path, signal);
  if ((await kindOfPath(index)) === 'file') return readSafetensorsIndex(index, signal);
  throw new ReadError(
    'missing-part',
    index,
    `${path} is one of several files of a model, and their index ${index} is not there.`,
  );
}

async function configBeside(path: string): Promise<unknown> {
  const config = join(dirname(path), 'config.json');
  return (await kindOfPath(config)) === 'file' ? readConfigFile(config) : null;
}

function needsConfig(path: string, quant: string): ExpectedError {
  return new ExpectedError(
    'invalid-reference',
    `Without a config.json beside ${path} it is not known what ${quant} would make of it.`,
    'Put the config.json of the model beside the file, or leave the quantisation out.',
    { path },
  );
}

/** The config alone says what is asked; that the download is not finished is worth telling. */
function incompleteWeights({ message }: ReadError): Finding {
  return {
    severity: 'warning',
    code: 'weights-incomplete',
    path: '/source',
    message: `${message} The model is worked out from its config alone.`,
    remedy: 'Finish the download before converting the model.',
  };
}
