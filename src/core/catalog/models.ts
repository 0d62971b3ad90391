import { modelsFromConfig } from '../model/config/model-from-config';
import type { Model } from '../model/schema';
import { denseRecords } from './data/dense';
import { gemmaRecords } from './data/gemma';
import { hybridRecords } from './data/hybrids';
import { llamaRecords } from './data/llama';
import { mistralRecords } from './data/mistral';
import { mixtureRecords } from './data/mixtures';
import { qwenRecords } from './data/qwen';
import { qwen35Records } from './data/qwen-3.5';
import { findNamed, type Named } from './find-named';
import type { CatalogRecord } from './record';
import { READ_AT } from './record';
import type { CatalogEntry } from './schema';

const records: readonly CatalogRecord[] = [
  ...llamaRecords,
  ...mistralRecords,
  ...qwenRecords,
  ...qwen35Records,
  ...gemmaRecords,
  ...mixtureRecords,
  ...denseRecords,
  ...hybridRecords,
];

let entries: readonly CatalogEntry[] | null = null;

/** The models known by name, by family. Parameters are counted from the tensors that follow from their configs. */
export function catalogEntries(): readonly CatalogEntry[] {
  entries ??= records.map((record) => describe(record));
  return entries;
}

/**
 * The Model of a name (in any case, a repository's name, or words that only it has), in a quantisation; null for an unknown name. Without a quantisation it
 * is what the model is published in, else Q4_K_M. Throws ConfigError for an unknown quantisation.
 */
export function catalogModel(name: string, quant: string | null): Model | null {
  const record = recordNamed(name);
  return record === null ? null : modelOf(record, quant);
}

/** What a model of the catalog is published in, as its config says (`fp8`, `mxfp4`); null where it says nothing, which means 16 bits. */
export function publishedMethod(name: string): string | null {
  const config = recordNamed(name)?.config['quantization_config'] as
    | { readonly quant_method?: string }
    | undefined;
  return config?.quant_method ?? null;
}

function recordNamed(name: string): CatalogRecord | null {
  const wanted = name.trim().toLowerCase();
  const exact =
    records.find((record) => record.name === wanted) ??
    records.find(({ repository }) => repository.toLowerCase() === wanted || lastPart(repository) === wanted);
  // a path is never taken for words
  if (exact !== undefined || /[/\\]|^[.~]/.test(wanted)) return exact ?? null;
  const found = findRecord(name);
  return found.kind === 'found' ? found.entry : null;
}

/** Names of models that a name which is none of them may mean, likeliest first. */
export function modelNamesNear(name: string): readonly string[] {
  const found = findRecord(name);
  return found.kind === 'found' ? [found.entry.name] : found.near;
}

function findRecord(name: string): Named<CatalogRecord> {
  return findNamed(name, records, (record) => [record.name, record.title, lastPart(record.repository)]);
}

function lastPart(repository: string): string {
  return repository.slice(repository.indexOf('/') + 1).toLowerCase();
}

/** What was asked for last: quantisations of one model follow each other. */
let last: { readonly record: CatalogRecord; readonly make: ReturnType<typeof modelsFromConfig> } | null =
  null;

function modelOf(record: CatalogRecord, quant: string | null): Model {
  if (last?.record !== record) last = { record, make: modelsFromConfig(record.config) };
  const model = last.make({ name: record.title, locator: record.name, quant, kind: 'catalog' });
  return record.verified ? model : { ...model, findings: [...model.findings, recalled(record)] };
}

function recalled(record: CatalogRecord): Model['findings'][number] {
  return {
    severity: 'warning',
    code: 'recalled-unverified',
    path: '/source',
    message: `The shape of ${record.title} is recalled, unverified: its published config could not be compared.`,
    remedy: `Give the config.json of ${urlOf(record)} or a GGUF file.`,
  };
}

function describe(record: CatalogRecord): CatalogEntry {
  // in 16 bits, because parameters and layers are the same in all and no rules need be followed
  const model = modelOf(record, 'F16');
  const { total, active } = model.parameters;
  return {
    name: record.name,
    title: record.title,
    kinds: kindsOf(model),
    parameters: { total, active },
    context_trained: trainedContext(record, model),
    released: record.released,
    source: { url: urlOf(record), read_at: READ_AT, verified: record.verified },
  };
}

/** In tokens: what the publisher's config names, else what its library takes for that family; null where neither tells. */
function trainedContext(record: CatalogRecord, model: Model): number | null {
  const text = record.config['text_config'] as Readonly<Record<string, unknown>> | undefined;
  const named = record.config['max_position_embeddings'] ?? text?.['max_position_embeddings'];
  return typeof named === 'number' ? named : model.context_trained;
}

/** What shapes a model's memory: experts, windows, compressed keys, state instead of cache; dense where it has no experts. */
function kindsOf(model: Model): CatalogEntry['kinds'] {
  const layers = model.layers ?? [];
  const kinds: CatalogEntry['kinds'] = [model.experts === null ? 'dense' : 'mixture'];
  if (layers.some(({ cache }) => cache !== null && cache.window !== null)) kinds.push('sliding');
  if (model.architecture === 'deepseek2') kinds.push('latent');
  if (layers.some(({ state }) => state !== null)) kinds.push('hybrid');
  return kinds;
}

function urlOf(record: CatalogRecord): string {
  return `https://huggingface.co/${record.repository}/blob/main/config.json`;
}
