/** The largest whole number from `from` to `to` that holds, where every smaller one does too; null where none does. */
export function largestThat(from: number, to: number, holds: (value: number) => boolean): number | null {
  let known = from - 1;
  let over = to + 1;
  while (over - known > 1) {
    const middle = Math.floor((known + over) / 2);
    if (holds(middle)) known = middle;
    else over = middle;
  }
  return known < from ? null : known;
}
