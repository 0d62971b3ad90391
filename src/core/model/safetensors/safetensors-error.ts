/** Why a file cannot be read as safetensors. */
export type SafetensorsFault =
  | 'empty'
  | 'not-safetensors'
  | 'truncated'
  | 'too-large'
  | 'bad-json'
  | 'bad-name'
  | 'bad-number'
  | 'bad-dtype'
  | 'bad-shape'
  | 'bad-offset'
  | 'duplicate-tensor'
  | 'too-many'
  | 'bad-index'
  | 'index-outside'
  | 'parts-differ';

/** A file that is not a safetensors file this program can read: why, and at which byte that was seen. */
export class SafetensorsError extends Error {
  readonly reason: SafetensorsFault;
  readonly offset: number;

  constructor(reason: SafetensorsFault, offset: number, sentence: string) {
    super(sentence);
    this.name = 'SafetensorsError';
    this.reason = reason;
    this.offset = offset;
  }
}
