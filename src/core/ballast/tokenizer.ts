/** Kinds of tokens (`include/llama.h: llama_token_type`). */
const kinds = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/** A vocabulary by columns, as a GGUF file keeps it. */
export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  /** Scores of SentencePiece: the earlier a piece, the likelier. */
  readonly scores: readonly number[];
}

/** Tokens that stand for no text of their own: unknown, begin, end, 256 bytes, and the sign for a space. */
const FIXED = 3 + 256 + 1;

/**
 * A vocabulary of exactly `size` entries that llama.cpp takes for SentencePiece's: every text becomes its bytes, and the rest are
 * made-up words that no text contains. Null for a size that does not even hold the bytes.
 */
export function madeUpVocabulary(size: number): Vocabulary | null {
  if (size < FIXED) return null;
  const tokens = [...fixedTokens];
  const types: number[] = [
    kinds.unknown,
    kinds.control,
    kinds.control,
    ...Array.from({ length: 256 }, () => kinds.byte),
  ];
  for (let index = FIXED; index < size; index++) tokens.push(`ballast${index}`);
  while (types.length < size) types.push(kinds.normal);
  return { tokens, types, scores: tokens.map((_, index) => -index) };
}

/** SentencePiece's sign for a space: the only token beyond ASCII. */
export const SPACE = '▁';

const fixedTokens = [
  '<unk>',
  '<s>',
  '</s>',
  ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  SPACE,
] as const;

/** Positions of the tokens that begin and end a text. */
export const BEGIN_TOKEN = 1;
export const END_TOKEN = 2;
