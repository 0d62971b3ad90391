/** A file that does not tell how a mixture routes: why, and what to do. */
export class RoutingError extends Error {
  readonly code: 'old-format' | 'not-an-imatrix' | 'no-experts' | 'damaged';
  readonly remedy: string;

  constructor(code: RoutingError['code'], sentence: string, remedy: string) {
    super(sentence);
    this.name = 'RoutingError';
    this.code = code;
    this.remedy = remedy;
  }
}
