import { catalogEntries } from '../catalog/models';
import type { Model } from '../model/schema';

/** What `vllm serve` is given for a model: its repository, or its path. A config.json stands for its folder. */
export function servedName(model: Model): string {
  const { kind, locator } = model.source;
  if (kind === 'catalog') return repositoryOf(locator) ?? locator;
  const hub = /^hf:([^/:]+\/[^/:@]+)/u.exec(locator);
  if (hub !== null) return hub[1]!;
  const address = /^https?:\/\/huggingface\.co\/([^/]+\/[^/]+)/u.exec(locator);
  if (address !== null) return address[1]!;
  if (kind === 'gguf') return locator;
  return locator.replace(/[\\/][^\\/]*\.(?:json|safetensors)$/u, '') || locator;
}

function repositoryOf(name: string): string | null {
  const bare = name.replace(/:.*$/u, '');
  const entry = catalogEntries().find((each) => each.name === bare);
  return entry === undefined
    ? null
    : entry.source.url.replace(/^https:\/\/huggingface\.co\/([^/]+\/[^/]+)\/.*$/u, '$1');
}
