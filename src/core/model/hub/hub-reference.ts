/** A model in a Hugging Face repository, as `hf:ORG/REPO[:QUANT][/FILE]` names it. */
export interface HubReference {
  /** `ORG/REPO`. */
  readonly repository: string;
  readonly quant: string | null;
  /** Path in the repository. */
  readonly file: string | null;
}

const name = '[A-Za-z0-9][A-Za-z0-9._-]{0,95}';
const pattern = new RegExp(
  `^(?:hf|huggingface):(?://)?(?<repository>${name}/${name})(?::(?<quant>[A-Za-z][A-Za-z0-9_-]*))?(?:/(?<file>[^?#]+))?$`,
  'i',
);
/** A repository's page, or a file's page or download, without its revision where that is `main`. */
const page = new RegExp(
  `^/(?<repository>${name}/${name})(?:/?|/(?:blob|resolve)/main/(?<file>.+)|/tree/main/?)$`,
);

/** The parts of an `hf:` reference; null for a text that is none. A path that leaves the repository is none. */
export function parseHubReference(text: string): HubReference | null {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return null;
  return within({
    repository: groups['repository']!,
    quant: groups['quant'] ?? null,
    file: groups['file'] ?? null,
  });
}

/** The same of the address of a page on the hub, given its path; null for any other page. */
export function hubReferenceOfPage(path: string): HubReference | null {
  const groups = page.exec(path)?.groups;
  if (groups === undefined) return null;
  return within({ repository: groups['repository']!, quant: null, file: groups['file'] ?? null });
}

function within(reference: HubReference): HubReference | null {
  const parts = reference.file?.split('/') ?? [];
  return parts.some((part) => part === '' || part === '.' || part === '..') ? null : reference;
}
