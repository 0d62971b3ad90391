import { type CST, parse as parseYaml, Parser, YAMLParseError } from 'yaml';

/** Longest text of a catalog or profile in characters: a thousand rows, and the worst of texts is still read in a second or two. */
export const LONGEST_STRUCTURED_TEXT = 2 ** 18;
/** Aliases that may be followed: a catalog needs a handful; a bomb is made of them. */
const MOST_ALIASES = 64;
/** Nesting of a row is three levels; deeper text is none of ours. */
const DEEPEST = 32;

/** The text cannot be read; the message is a sentence for people. */
export class StructuredTextError extends Error {
  override readonly name = 'StructuredTextError';
}

/**
 * A value out of JSON or YAML 1.2 (JSON is a part of it). Aliases, depth and length are bounded, keys may not be repeated, tags
 * are not followed. Throws StructuredTextError.
 */
export function readStructuredText(text: string): unknown {
  if (text.length > LONGEST_STRUCTURED_TEXT) {
    throw new StructuredTextError(`It is longer than ${LONGEST_STRUCTURED_TEXT} characters.`);
  }
  if (isDeep(text)) throw new StructuredTextError(`It is nested deeper than ${DEEPEST} levels.`);
  return parse(text);
}

function parse(text: string): unknown {
  try {
    return parseYaml(text, {
      schema: 'core',
      maxAliasCount: MOST_ALIASES,
      uniqueKeys: true,
      merge: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof YAMLParseError) {
      throw new StructuredTextError(`It is neither JSON nor YAML: ${firstLine(error.message)}`);
    }
    if (error instanceof ReferenceError) {
      throw new StructuredTextError(`It uses more than ${MOST_ALIASES} aliases, or one in itself.`);
    }
    throw error;
  }
}

/** The parser's sentence without the excerpt below it. */
function firstLine(message: string): string {
  const line = message.split('\n')[0] ?? message;
  return line.endsWith(':') ? `${line.slice(0, -1)}.` : line;
}

/** One token of the text and the records around it. */
interface Nested {
  readonly token: CST.Token;
  readonly depth: number;
}

/**
 * Whether lists and records are nested deeper than any catalog's, found without recursion: the parser itself follows every level
 * with one of its own, and a text of a few thousand brackets would end the process.
 */
function isDeep(text: string): boolean {
  const open: Nested[] = [...new Parser().parse(text)].map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > DEEPEST) return true;
    for (const token of partsOf(next.token)) open.push({ token, depth: next.depth + 1 });
  }
  return false;
}

function partsOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((part) => part !== null && part !== undefined),
  );
}
