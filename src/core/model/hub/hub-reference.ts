/** A model in a Hugging Face repository, as `hf:ORG/REPO[@REVISION][:QUANT][/FILE]` names it. */
export interface HubReference {
  /** `ORG/REPO`. */
  readonly repository: string;
  /** Branch, tag or commit; `main` where none is named. */
  readonly revision: string;
  readonly quant: string | null;
  /** Path in the repository. */
  readonly file: string | null;
}

const MAIN = 'main';
const name = '[A-Za-z0-9][A-Za-z0-9._-]{0,95}';
const pattern = new RegExp(
  `^(?:hf|huggingface):(?://)?(?<repository>${name}/${name})(?:@(?<revision>${name}))?(?::(?<quant>[A-Za-z][A-Za-z0-9_-]*))?(?:/(?<file>[^?#]+))?$`,
  'i',
);
/** A repository's page, or a file's page or download. */
const page = new RegExp(
  `^/(?<repository>${name}/${name})(?:/?|/(?:blob|resolve)/(?<revision>${name})/(?<file>.+)|/tree/(?<branch>${name})/?)$`,
);

/** The parts of an `hf:` reference; null for a text that is none. A path that leaves the repository is none. */
export function parseHubReference(text: string): HubReference | null {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return null;
  return within({
    repository: groups['repository']!,
    revision: groups['revision'] ?? MAIN,
    quant: groups['quant'] ?? null,
    file: groups['file'] ?? null,
  });
}

/** The same of the address of a page on the hub, given its path; null for any other page. */
export function hubReferenceOfPage(path: string): HubReference | null {
  const groups = page.exec(path)?.groups;
  if (groups === undefined) return null;
  return within({
    repository: groups['repository']!,
    revision: groups['revision'] ?? groups['branch'] ?? MAIN,
    quant: null,
    file: groups['file'] ?? null,
  });
}

function within(reference: HubReference): HubReference | null {
  const parts = reference.file?.split('/') ?? [];
  return parts.some((part) => part === '' || part === '.' || part === '..') ? null : reference;
}
