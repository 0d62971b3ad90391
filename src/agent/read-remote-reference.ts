import { join } from 'node:path';
import { modelFromConfig } from '../core/model/config/model-from-config';
import { modelFromGguf } from '../core/model/gguf/model-from-gguf';
import { chooseFile, type HubFile } from '../core/model/hub/choose-file';
import { hubReferenceOfPage, parseHubReference, type HubReference } from '../core/model/hub/hub-reference';
import { modelFromSafetensors } from '../core/model/safetensors/model-from-safetensors';
import type { Model } from '../core/model/schema';
import { checkedAddress, type Asking } from '../host/remote/ask';
import { fetchJson } from '../host/remote/fetch-json';
import { hubAccess, hubFileUrl, listHubFiles, type HubAccess } from '../host/remote/hub';
import { usualPatience } from '../host/remote/patience';
import { readRemoteModel } from '../host/remote/remote-model-file';
import { readRemoteSafetensors } from '../host/remote/remote-safetensors';
import { emptyRepository, malformedReference, refuseAdapter, undecidedFile } from './reference-errors';
import { nameOfFile, splitQuant } from './model-reference';

interface Place {
  readonly url: string;
  /** What the Model says it is from: without queries, which may hold secrets. */
  readonly locator: string;
  readonly quant: string | null;
}

interface Reader {
  readonly access: HubAccess;
  readonly asking: Asking;
  /** Where headers are kept; null for nowhere. */
  readonly cacheFolder: string | null;
}

/** The Model that `hf:ORG/REPO[@REVISION][:QUANT][/FILE]` or an address names, by its header alone. Throws what reading throws, or ExpectedError. */
export async function readRemoteReference(
  reference: string,
  signal: AbortSignal,
  dataDirectory: string | null,
): Promise<Model> {
  const access = await hubAccess();
  const reader: Reader = {
    access,
    asking: { credentials: access.credentials, signal, patience: usualPatience },
    cacheFolder: dataDirectory === null ? null : join(dataDirectory, 'cache', 'headers'),
  };
  const hub = hubReferenceOf(reference, access);
  return hub === null ? modelAtUrl(placeOfUrl(reference), reader) : modelInRepository(hub, reference, reader);
}

/** The repository that a reference names, by its short form or by the address of its page; null for any other address. */
function hubReferenceOf(reference: string, { endpoint }: HubAccess): HubReference | null {
  if (!/^https?:/i.test(reference)) {
    const hub = parseHubReference(reference);
    if (hub === null && /^(hf|huggingface):/i.test(reference)) throw malformedReference(reference);
    return hub;
  }
  const { base, quant } = splitQuant(reference);
  const { origin, pathname } = checkedAddress(base);
  if (origin !== new URL(endpoint).origin) return null;
  const page = hubReferenceOfPage(decoded(pathname));
  return page === null ? null : { ...page, quant };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function modelInRepository(hub: HubReference, reference: string, reader: Reader): Promise<Model> {
  const { repository, quant, file } = hub;
  if (file !== null) return modelAtUrl(placeInRepository(hub, file, reader), reader);
  const files = await listHubFiles(hub, reader.access, reader.asking);
  const choice = chooseFile(files, quant);
  if (choice.kind === 'file') return modelAtUrl(placeInRepository(hub, choice.path, reader), reader);
  if (choice.kind !== 'no-gguf') {
    const remedy = `Name one: hf:${repository}:QUANT, or hf:${repository}/${choice.paths[0]}.`;
    throw undecidedFile(reference, repository, choice, remedy);
  }
  return publishedModel(hub, files, reader);
}

/** A repository without GGUF files: what converting it would give, or its weights as they are where that is not known. */
async function publishedModel(hub: HubReference, files: readonly HubFile[], reader: Reader): Promise<Model> {
  if (!files.some(({ path }) => path === 'config.json')) throw emptyRepository(hub.repository);
  const place = placeInRepository(hub, 'config.json', reader);
  const { value } = await fetchJson(place.url, reader.asking);
  const options = { name: hub.repository.split('/')[1]!, locator: locatorOf(hub), quant: hub.quant };
  const model = modelFromConfig(value, options);
  const weights = files.filter(({ path }) => /^[^/]+\.safetensors$/i.test(path));
  if (model.tensors.length > 0 || weights.length === 0) return model;
  const urls = weights.map(({ path }) => placeInRepository(hub, path, reader).url);
  const read = await readRemoteSafetensors(urls, reader.cacheFolder, reader.asking);
  return modelFromSafetensors(read, value, options);
}

function placeInRepository(hub: HubReference, path: string, { access }: Reader): Place {
  return {
    url: hubFileUrl(hub, path, access),
    locator: `${locatorOf(hub)}/${path}`,
    quant: /\.json$/i.test(path) ? hub.quant : null,
  };
}

function locatorOf({ repository, revision }: HubReference): string {
  return revision === 'main' ? `hf:${repository}` : `hf:${repository}@${revision}`;
}

function placeOfUrl(reference: string): Place {
  const { base, quant } = splitQuant(reference);
  const { origin, pathname } = checkedAddress(base);
  return { url: base, locator: `${origin}${pathname}`, quant };
}

async function modelAtUrl({ url, locator, quant }: Place, reader: Reader): Promise<Model> {
  const name = nameOfFile(decoded(locator));
  if (/\.json$/i.test(locator)) {
    const { value } = await fetchJson(url, reader.asking);
    return modelFromConfig(value, { name, locator, quant });
  }
  if (/\.safetensors$/i.test(locator)) {
    const file = await readRemoteSafetensors([url], reader.cacheFolder, reader.asking);
    return modelFromSafetensors(file, null, { name, locator, quant });
  }
  const header = await readRemoteModel(url, reader.cacheFolder, reader.asking);
  refuseAdapter(header, locator);
  return modelFromGguf(header, name, locator);
}
