import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../../core/units';

/** A model that Ollama holds: the name it goes by there, and its file, which has none. */
export interface OllamaModel {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** When the file last changed, milliseconds since 1970. */
  readonly changedMs: number;
}

/** Manifests have about one KiB. */
const LARGEST_MANIFEST = MIB;
/** REGISTRY/NAMESPACE/MODEL/TAG below `manifests`. */
const LEVELS = 4;
const MOST_MANIFESTS = 2_000;
const MODEL_LAYER = 'application/vnd.ollama.image.model';
/** Only such digests become file names, so that no manifest can point elsewhere. */
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** The models in an Ollama folder, by its manifests. What cannot be read is passed over. Throws only what `signal` was aborted with. */
export async function findOllamaModels(folder: string, signal: AbortSignal): Promise<readonly OllamaModel[]> {
  const models: OllamaModel[] = [];
  for (const parts of await manifestsBelow(join(folder, 'manifests'))) {
    signal.throwIfAborted();
    const digest = await digestOfModel(join(folder, 'manifests', ...parts));
    if (digest === null) continue;
    const path = join(folder, 'blobs', digest.replace(':', '-'));
    const info = await stat(path).catch(() => null);
    if (info?.isFile() === true) {
      models.push({ name: nameOf(parts), path, bytes: info.size, changedMs: info.mtimeMs });
    }
  }
  return models;
}

async function manifestsBelow(folder: string): Promise<readonly (readonly string[])[]> {
  let paths: (readonly string[])[] = [[]];
  for (let level = 0; level < LEVELS; level++) {
    const next: (readonly string[])[] = [];
    for (const parts of paths) {
      for (const name of await namesIn(join(folder, ...parts))) next.push(parts.concat(name));
    }
    paths = next.slice(0, MOST_MANIFESTS);
  }
  return paths;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

async function digestOfModel(manifest: string): Promise<string | null> {
  try {
    const info = await stat(manifest);
    if (!info.isFile() || info.size > LARGEST_MANIFEST) return null;
    const value: unknown = JSON.parse(await readFile(manifest, 'utf8'));
    return digestIn(value);
  } catch {
    return null;
  }
}

function digestIn(manifest: unknown): string | null {
  const layers = recordOf(manifest)['layers'];
  if (!Array.isArray(layers)) return null;
  const digest = layers.map(recordOf).find((layer) => layer['mediaType'] === MODEL_LAYER)?.['digest'];
  return typeof digest === 'string' && digestPattern.test(digest) ? digest : null;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** As `ollama list` shows it: registry and namespace only where they are not the usual ones. */
function nameOf([registry, namespace, model, tag]: readonly string[]): string {
  const name = `${model}:${tag}`;
  if (registry !== 'registry.ollama.ai') return `${registry}/${namespace}/${name}`;
  return namespace === 'library' ? name : `${namespace}/${name}`;
}
