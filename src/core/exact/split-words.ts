/** A line as a shell would hand it to a program; or where it cannot be read, and why. */
export type SplitWords =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'unreadable'; readonly offset: number; readonly message: string };

/** Longer than any single argument that Linux takes (MAX_ARG_STRLEN). */
const LONGEST = 131_072;

/**
 * Splits a line by the quoting rules of a POSIX shell (XCU 2.2): blanks separate; `'…'` keeps everything; in `"…"` a backslash quotes
 * only `$`, a backtick, `"`, `\` and a line end; elsewhere it quotes the next character, and a line end after it vanishes.
 * Nothing is expanded or run: what else means something to a shell (`$`, `|`, `*`) is text here.
 */
export function splitWords(line: string): SplitWords {
  if (line.length > LONGEST) return unreadable(LONGEST, `The line is longer than ${LONGEST} characters.`);
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < line.length) {
    const piece = pieceAt(line, at);
    if (piece.kind === 'unreadable') return piece;
    if (piece.kind === 'text') word = (word ?? '') + piece.text;
    if (piece.kind === 'blank' && word !== null) {
      words.push(word);
      word = null;
    }
    at = piece.end;
  }
  if (word !== null) words.push(word);
  return { kind: 'words', words };
}

type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly end: number }
  | { readonly kind: 'blank' | 'joint'; readonly end: number }
  | Extract<SplitWords, { kind: 'unreadable' }>;

function pieceAt(line: string, at: number): Piece {
  const character = line[at]!;
  switch (character) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
      return { kind: 'blank', end: at + 1 };
    case "'":
      return singleQuoted(line, at);
    case '"':
      return doubleQuoted(line, at);
    case '\\':
      return escaped(line, at);
    default:
      return { kind: 'text', text: character, end: at + 1 };
  }
}

function singleQuoted(line: string, at: number): Piece {
  const end = line.indexOf("'", at + 1);
  if (end < 0) return unreadable(at, 'A single quote is not closed.');
  return { kind: 'text', text: line.slice(at + 1, end), end: end + 1 };
}

function doubleQuoted(line: string, start: number): Piece {
  let text = '';
  let at = start + 1;
  while (at < line.length && line[at] !== '"') {
    const next = line[at + 1] ?? '';
    const quotes = line[at] === '\\' && next !== '' && '$`"\\\n'.includes(next);
    if (!quotes) text += line[at]!;
    else if (next !== '\n') text += next;
    at += quotes ? 2 : 1;
  }
  if (at >= line.length) return unreadable(start, 'A double quote is not closed.');
  return { kind: 'text', text, end: at + 1 };
}

function escaped(line: string, at: number): Piece {
  const next = line[at + 1];
  if (next === undefined) return unreadable(at, 'Nothing follows the last backslash.');
  return next === '\n' ? { kind: 'joint', end: at + 2 } : { kind: 'text', text: next, end: at + 2 };
}

function unreadable(offset: number, message: string): Extract<SplitWords, { kind: 'unreadable' }> {
  return { kind: 'unreadable', offset, message };
}
