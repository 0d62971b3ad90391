/** What a `Content-Range` header says: the bytes that follow (the last one included), and the size of the whole. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | null;
}

/** Reads `bytes 0-99/1234` (RFC 9110, 14.4); null for anything else, also for ends before starts and beyond the total. */
export function parseContentRange(text: string | null): ContentRange | null {
  const found = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(text?.trim() ?? '');
  if (found === null) return null;
  const [first, last] = [Number(found[1]), Number(found[2])];
  const total = found[3] === '*' ? null : Number(found[3]);
  if (last < first || (total !== null && last >= total)) return null;
  return { first, last, total };
}

/** The size in `bytes * /1234`, with which a server answers that a range lies beyond the end; null for anything else. */
export function sizeOfUnsatisfied(text: string | null): number | null {
  const found = /^bytes \*\/(\d{1,16})$/i.exec(text?.trim() ?? '');
  return found === null ? null : Number(found[1]);
}
