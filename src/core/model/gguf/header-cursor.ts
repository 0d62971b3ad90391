import { MIB } from '../../units';
import type { ByteRange } from './gguf-file';
import { GgufError } from './gguf-error';

/** What a step of reading yields, is sent, and answers. */
export type Reading<Result> = Generator<ByteRange, Result, Uint8Array>;

/** Enough for every header without a tokenizer at once; doubled on each further read. */
const FIRST_CHUNK = MIB;
/** Bounds the memory that reading takes, whatever the file claims. */
const LARGEST_CHUNK = 4 * MIB;
/** The largest known headers (262k-token vocabularies) take 16 MB. More than this is no header but an attempt to keep us busy. */
const LARGEST_HEADER = 256 * MIB;
const TWO_32 = 2 ** 32;

/** A position in the header of a file of `fileBytes`, and the chunk of it that is at hand. */
export class HeaderCursor {
  readonly fileBytes: number;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Index into `bytes`; may lie beyond it after a skip. */
  at = 0;
  #start = 0;
  #chunk = FIRST_CHUNK;

  constructor(fileBytes: number) {
    this.fileBytes = fileBytes;
  }

  /** Position in the file. */
  get offset(): number {
    return this.#start + this.at;
  }

  /** Bytes of the file from here on. */
  get remaining(): number {
    return this.fileBytes - this.offset;
  }

  /** Whether the next `length` bytes are at hand, so that nothing need be asked for. */
  has(length: number): boolean {
    return this.at + length <= this.bytes.length;
  }

  /** Makes the next `length` bytes be at hand. */
  *need(length: number): Reading<void> {
    if (this.has(length)) return;
    const offset = this.offset;
    if (length > this.remaining) throw this.truncated();
    if (offset + length > LARGEST_HEADER) throw tooLarge(offset);
    const wanted = Math.min(Math.max(this.#chunk, length), this.remaining);
    const bytes = yield { offset, length: wanted };
    if (bytes.length < length) throw this.truncated();
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.#start = offset;
    this.#chunk = Math.min(this.#chunk * 2, LARGEST_CHUNK);
  }

  /** The next four bytes as a number; they must be at hand. */
  takeU32(): number {
    const value = this.view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  /** The next eight bytes as a count or length; beyond 2^53 the nearest double, which no file can hold. They must be at hand. */
  takeU64(): number {
    const low = this.view.getUint32(this.at, true);
    const high = this.view.getUint32(this.at + 4, true);
    this.at += 8;
    return high * TWO_32 + low;
  }

  /** Leaves out `length` bytes, which need not be at hand. */
  skip(length: number): void {
    if (length > this.remaining) throw this.truncated();
    this.at += length;
  }

  truncated(): GgufError {
    return new GgufError(
      'truncated',
      this.offset,
      `The file ends inside its header, after ${this.fileBytes} bytes: it is cut off or its download is not finished.`,
    );
  }
}

function tooLarge(offset: number): GgufError {
  return new GgufError(
    'too-large',
    offset,
    `The header does not end within ${LARGEST_HEADER / MIB} MiB, which no real model needs: the file is damaged.`,
  );
}
