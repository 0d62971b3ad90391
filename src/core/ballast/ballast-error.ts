/** A model that no ballast can be made of, or a wish that it cannot meet: what, and what to do. */
export class BallastError extends Error {
  readonly code:
    | 'unknown-shape'
    | 'unknown-quant'
    | 'too-many-layers'
    | 'too-few-layers'
    | 'unsupported-type';
  readonly remedy: string;

  constructor(code: BallastError['code'], sentence: string, remedy: string) {
    super(sentence);
    this.name = 'BallastError';
    this.code = code;
    this.remedy = remedy;
  }
}
