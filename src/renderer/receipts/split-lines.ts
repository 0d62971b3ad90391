/** A call may be 20 MiB, and JSON's escapes may double a text. */
const MOST_CHARACTERS = 6 * 2 ** 20;

/** A text of one record a line in parts that a call can carry, cut between lines; one that is short stays whole. */
export function splitLines(text: string, most: number = MOST_CHARACTERS): readonly string[] {
  if (text.length <= most) return [text];
  const parts: string[] = [];
  let part: string[] = [];
  let length = 0;
  for (const line of text.split('\n')) {
    if (length > 0 && length + line.length > most) {
      parts.push(part.join('\n'));
      part = [];
      length = 0;
    }
    part.push(line);
    length += line.length + 1;
  }
  if (part.some((line) => line.trim() !== '')) parts.push(part.join('\n'));
  return parts;
}
