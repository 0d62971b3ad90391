import type { HubFile } from './choose-file';

/** The files in a page of a repository's listing (`/api/models/ORG/REPO/tree/main`); null where the answer is no such page. */
export function filesInAnswer(answer: unknown): readonly HubFile[] | null {
  if (!Array.isArray(answer)) return null;
  return answer.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { type, path, size } = entry as Record<string, unknown>;
    if (type !== 'file' || typeof path !== 'string') return [];
    return [{ path, bytes: typeof size === 'number' && Number.isSafeInteger(size) ? size : null }];
  });
}

/** The address of the next page in a `Link` header (RFC 8288); null on the last page. */
export function nextPage(link: string | null): string | null {
  for (const part of (link ?? '').slice(0, 8192).split(/,\s*(?=<)/)) {
    const found = /^<([^>]+)>\s*;.*\brel="?next"?/.exec(part.trim());
    if (found !== null) return found[1]!;
  }
  return null;
}
