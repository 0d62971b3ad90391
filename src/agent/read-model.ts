import { join } from 'node:path';
import { ExpectedError } from '../contract/errors';
import { catalogModel } from '../core/catalog/models';
import { modelFromConfig } from '../core/model/config/model-from-config';
import { modelFromGguf } from '../core/model/gguf/model-from-gguf';
import type { Model } from '../core/model/schema';
import { readConfigFile } from '../host/read/config-file';
import { expandHome, kindOfPath, namesInFolder } from '../host/read/look-at-path';
import { readModelFile } from '../host/read/model-file';
import { toExpected } from './model-errors';
import { folderWithoutModel, manyModels, refuseAdapter, unknownModel } from './reference-errors';
import { isBareName, isRemote, nameOfFile, splitQuant, type QuantReference } from './model-reference';
import { readRemoteReference } from './read-remote-reference';
import { isStored, pathOfStored } from './read-stored-model';
import { isSafetensors, modelInSafetensors, weightsAmong } from './read-safetensors-model';

/**
 * The Model that a reference names: a path of a GGUF file (any part of a split one), a path of a config.json, of safetensors or of a
 * folder that holds them, with `:QUANT`, `hf:ORG/REPO[@REVISION][:QUANT][/FILE]`,
 * `ollama:NAME[:TAG]`, `lmstudio:NAME[:QUANT]`, an address, or a catalog name with `:QUANT`. Headers from the network are kept
 * in `dataDirectory`, nowhere where null. Throws ExpectedError with what is wrong and what to do, or AbortError.
 */
export async function readModel(
  reference: string,
  signal: AbortSignal,
  dataDirectory: string | null = null,
): Promise<Model> {
  signal.throwIfAborted();
  const wanted = reference.trim();
  try {
    if (isRemote(wanted)) return await readRemoteReference(wanted, signal, dataDirectory);
    if (isStored(wanted)) return await storedModel(wanted, signal);
    return (
      (await modelAtPath({ base: wanted, quant: null }, signal)) ?? (await modelWithQuant(wanted, signal))
    );
  } catch (error) {
    throw toExpected(error, wanted);
  }
}

/** Another program's file has a name of digits: the model is called as it was asked for. */
async function storedModel(wanted: string, signal: AbortSignal): Promise<Model> {
  const path = await pathOfStored(wanted, signal);
  const model = await modelInFile(path, null, signal);
  return { ...model, name: wanted.slice(wanted.indexOf(':') + 1) };
}

async function modelWithQuant(wanted: string, signal: AbortSignal): Promise<Model> {
  const parts = splitQuant(wanted);
  const atPath = parts.quant === null ? null : await modelAtPath(parts, signal);
  const found = atPath ?? catalogModel(parts.base, parts.quant);
  if (found === null) throw unknownModel(wanted, parts.base);
  return found;
}

/** The model at a path; null where nothing is there. */
async function modelAtPath({ base, quant }: QuantReference, signal: AbortSignal): Promise<Model | null> {
  const path = expandHome(base);
  const kind = await kindOfPath(path);
  if (kind === 'nothing') return null;
  return kind === 'folder' ? modelInFolder(path, base, quant, signal) : modelInFile(path, quant, signal);
}

async function modelInFile(path: string, quant: string | null, signal: AbortSignal): Promise<Model> {
  const lower = path.toLowerCase();
  if (isSafetensors(lower)) return modelInSafetensors(path, quant, signal);
  if (lower.endsWith('.json')) return modelInConfig(path, quant);
  if (quant !== null) {
    throw new ExpectedError(
      'invalid-reference',
      `${path} is a model file, whose quantisation is already settled; ":${quant}" cannot be asked of it.`,
      'Leave the quantisation out.',
    );
  }
  const file = await readModelFile(path, signal);
  refuseAdapter(file.header, path);
  return modelFromGguf(file.header, nameOfFile(path), file.path);
}

async function modelInConfig(path: string, quant: string | null): Promise<Model> {
  const config = await readConfigFile(path);
  return modelFromConfig(config, { name: nameOfFile(path), locator: path, quant });
}

/** A folder's one model file, else its config.json; null where it has neither and may be meant as a catalog name. */
async function modelInFolder(
  folder: string,
  asWritten: string,
  quant: string | null,
  signal: AbortSignal,
): Promise<Model | null> {
  const names = await namesInFolder(folder);
  const models = quant === null ? modelsAmong(names) : [];
  const only = models.length === 1 ? models[0] : undefined;
  if (only !== undefined) return onlyModel(join(folder, only), signal);
  if (models.length > 1) throw manyModels(folder, models);
  const weights = weightsAmong(names);
  if (weights !== null) return modelInSafetensors(join(folder, weights), quant, signal);
  if (names.includes('config.json')) return modelInConfig(join(folder, 'config.json'), quant);
  if (isBareName(asWritten)) return null;
  throw folderWithoutModel(folder);
}

/** A folder's one model file; where it is none, the file is named and not the folder. */
async function onlyModel(path: string, signal: AbortSignal): Promise<Model> {
  try {
    return await modelInFile(path, null, signal);
  } catch (error) {
    throw toExpected(error, path);
  }
}

/** Model files among a folder's names: of a split model the first part, image projectors left out. */
function modelsAmong(names: readonly string[]): readonly string[] {
  return names.filter(
    (name) =>
      /\.gguf$/i.test(name) &&
      !/mmproj|imatrix/i.test(name) &&
      !/-(?!00001)\d{5}-of-\d{5}\.gguf$/i.test(name),
  );
}
