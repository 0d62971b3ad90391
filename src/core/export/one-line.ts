import { ExportError } from './export-error';

/** Control characters, the line and paragraph separators, a mark within a text, halves of a character. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u;

/** A remark as one line in any format: names come from files, and what ends a line differs from reader to reader. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ').trim();
}

/** Throws ExportError for a word that YAML's readers do not all read alike: some end a line at U+0085 and U+2028. */
export function refuseUnprintable(word: string): void {
  if (!unprintable.test(word)) return;
  throw new ExportError(
    `YAML cannot hold ${JSON.stringify(word)} so that every program reads it alike: it has control characters.`,
    'Rename the file or export for a shell instead.',
  );
}
