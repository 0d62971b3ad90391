import { nearestNames } from './nearest-names';

/** An entry that a person named; or, where the name fits none or several, those it may have meant, likeliest first. */
export type Named<T> =
  | { readonly kind: 'found'; readonly entry: T }
  | { readonly kind: 'unclear'; readonly near: readonly string[] };

/** How many entries are offered where a name is unclear. */
const OFFERED = 5;

/**
 * The one of `entries` that `wanted` names: by one of its names in any case, else by its letters and digits alone, else as the only
 * one that has all the words, or the plainest of those that have. The first of an entry's names is what it is offered by.
 */
export function findNamed<T>(
  wanted: string,
  entries: readonly T[],
  namesOf: (entry: T) => readonly [string, ...string[]],
): Named<T> {
  const named = entries.map((entry) => ({ entry, names: namesOf(entry) }));
  const asWritten = wanted.trim().toLowerCase();
  const exact =
    named.find(({ names }) => names[0] === asWritten) ??
    named.find(({ names }) => names.some((name) => name.toLowerCase() === asWritten));
  if (exact !== undefined) return { kind: 'found', entry: exact.entry };
  const letters = wordsOf(wanted).join('');
  const alike = named.filter(({ names }) => names.some((name) => wordsOf(name).join('') === letters));
  const close = alike.length > 0 ? alike : named.filter(({ names }) => hasWords(names, wanted));
  const plain = close.length === 1 ? close[0] : plainest(close);
  if (plain !== undefined) return { kind: 'found', entry: plain.entry };
  const near =
    close.length > 0
      ? close.slice(0, OFFERED).map(({ names }) => names[0])
      : nearestEntries(wanted, named, OFFERED);
  return { kind: 'unclear', near };
}

/** ` Did you mean a, b or c?`, to end a sentence with; empty where nothing comes near. */
export function didYouMean(near: readonly string[]): string {
  if (near.length === 0) return '';
  const last = near.at(-1)!;
  return ` Did you mean ${near.length === 1 ? last : `${near.slice(0, -1).join(', ')} or ${last}`}?`;
}

/** The one whose words all the others have too and more: of RTX 4070, 4070 Ti and 4070 SUPER the first. */
function plainest<N extends { readonly names: readonly [string, ...string[]] }>(
  close: readonly N[],
): N | undefined {
  return close.find((one) => {
    const words = wordsOf(one.names[0]);
    return close.every((other) => words.every((word) => wordsOf(other.names[0]).includes(word)));
  });
}

function nearestEntries(
  wanted: string,
  named: readonly { readonly names: readonly [string, ...string[]] }[],
  most: number,
): readonly string[] {
  const firstOf = new Map(named.flatMap(({ names }) => names.map((name) => [name, names[0]])));
  const near = nearestNames(wanted, [...firstOf.keys()], most * 2);
  return [...new Set(near.map((name) => firstOf.get(name)!))].slice(0, most);
}

function hasWords(names: readonly string[], wanted: string): boolean {
  const there = new Set(names.flatMap((name) => wordsOf(name)));
  const words = wordsOf(wanted);
  return (
    words.length > 0 &&
    words.every((word) => there.has(word) || partsOf(word).every((part) => there.has(part)))
  );
}

/** Words in lower case. A dot stays in its number, so that 3 is not taken for 3.1; `80 GB` is one word; long input is cut. */
function wordsOf(text: string): readonly string[] {
  return text
    .slice(0, 200)
    .toLowerCase()
    .replaceAll('+', 'plus')
    .replaceAll(/(\d) (?=gi?b\b)/g, '$1')
    .replaceAll('gib', 'gb')
    .split(/[^a-z0-9.]+/)
    .filter((word) => word !== '');
}

/** `rtx4090` as `rtx` and `4090`. */
function partsOf(word: string): readonly string[] {
  return word.match(/[a-z]+|[\d.]+/g) ?? [word];
}
