/** At most this share of a name's letters may differ for it to be offered. */
const CLOSE = 0.5;

/** Up to `most` of `names` that `wanted` may have meant, likeliest first: those that contain it, then those few letters away. */
export function nearestNames(wanted: string, names: readonly string[], most: number): readonly string[] {
  const plain = lettersOf(wanted);
  return names
    .map((name) => ({ name, distance: distanceTo(plain, lettersOf(name)) }))
    .filter(({ distance }) => distance <= CLOSE)
    .sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** Share of letters that differ, 0 to 1; a name that contains the other counts as nearly the same. */
function distanceTo(wanted: string, name: string): number {
  if (wanted === '' || name === '') return 1;
  const isPart = name.includes(wanted) || wanted.includes(name);
  const share = editDistance(wanted, name) / Math.max(wanted.length, name.length);
  return isPart ? share * 0.4 : share;
}

/** Levenshtein's distance. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const change = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(change, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}

/** Names are compared by letters and digits alone, and long input is cut. */
function lettersOf(text: string): string {
  return text
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
}
