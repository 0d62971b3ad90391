/** Why a file cannot be read as GGUF. */
export type GgufFault =
  | 'empty'
  | 'not-gguf'
  | 'truncated'
  | 'old-version'
  | 'new-version'
  | 'big-endian'
  | 'too-large'
  | 'bad-count'
  | 'bad-length'
  | 'bad-name'
  | 'bad-value'
  | 'nested-array'
  | 'duplicate-key'
  | 'duplicate-tensor'
  | 'bad-alignment'
  | 'bad-dimensions'
  | 'unknown-tensor-type'
  | 'bad-tensor-width'
  | 'bad-tensor-offset'
  | 'parts-differ';

/** A file that is not a GGUF file this program can read: why, and at which byte that was seen. */
export class GgufError extends Error {
  readonly reason: GgufFault;
  readonly offset: number;

  constructor(reason: GgufFault, offset: number, sentence: string) {
    super(sentence);
    this.name = 'GgufError';
    this.reason = reason;
    this.offset = offset;
  }
}
