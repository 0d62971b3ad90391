import { decodeUtf8 } from '../gguf/utf8';
import { SafetensorsError, type SafetensorsFault } from './safetensors-error';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
/** A whole number of more digits is beyond 2^53. */
const MOST_DIGITS = 16;

/**
 * A position in the JSON of a header. Unlike JSON.parse it says where it fails, notices names that occur twice, and builds nothing
 * that was not asked for. `base` is where the bytes begin in the file.
 */
export class JsonCursor {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #at = 0;

  constructor(bytes: Uint8Array, base: number) {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** Position in the file. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Takes a character, spaces before it aside; answers whether it was there. */
  takes(character: string): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== character.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  /** Takes a character that must be there. */
  expect(character: string): void {
    if (!this.takes(character)) throw this.fault('bad-json', `A ${character} is missing.`);
  }

  /** A text of at most `limit` bytes; null for a longer one. */
  text(limit: number): string | null {
    this.expect('"');
    const start = this.#at;
    const escaped = this.#skipText();
    const end = this.#at - 1;
    if (end - start > limit) return null;
    const text = decodeUtf8(this.#bytes, start, end);
    if (!escaped) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      throw this.fault('bad-json', 'A text has an escape that does not exist.');
    }
  }

  /** A whole number from zero to 2^53. */
  wholeNumber(): number {
    this.#skipSpace();
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    const digits = this.#at - start;
    const value = digits <= MOST_DIGITS ? Number(decodeUtf8(this.#bytes, start, this.#at)) : Number.NaN;
    if (digits === 0 || !Number.isSafeInteger(value)) {
      this.#at = start;
      throw this.fault('bad-number', 'A whole number below 2^53 was expected.');
    }
    return value;
  }

  /** Fails unless only spaces follow, with which writers pad the header. */
  expectEnd(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.fault('bad-json', 'Something follows the end.');
  }

  fault(reason: SafetensorsFault, sentence: string): SafetensorsError {
    return new SafetensorsError(
      reason,
      this.offset,
      `The header is damaged at byte ${this.offset}: ${sentence}`,
    );
  }

  /** Passes over the rest of a text; answers whether it holds escapes. */
  #skipText(): boolean {
    const bytes = this.#bytes;
    let escaped = false;
    for (let at = this.#at; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return escaped;
      }
      if (byte < SPACE) break;
      if (byte === BACKSLASH) {
        escaped = true;
        at++;
      }
    }
    throw this.fault('bad-json', 'A text does not end.');
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    while (isSpace(bytes[this.#at])) this.#at++;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
