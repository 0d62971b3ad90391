/** Special tokens come first in most vocabularies, then bytes or the commonest pieces. */
const FIRST = 3;
const MOST = 256;

/** Token number of a measurement's prompt at this place: 3 to 258 in an order of their own, or what a smaller vocabulary has of them. */
export function promptToken(index: number, vocabulary: number | null): number {
  const size = vocabulary ?? Infinity;
  const first = size > FIRST ? FIRST : 0;
  return first + ((index * 7) % Math.min(MOST, Math.max(1, size - first)));
}
