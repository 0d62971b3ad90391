export type ReceiptErrorCode =
  | 'too-large'
  | 'not-json'
  | 'not-a-receipt'
  | 'unsupported-version'
  | 'invalid-field';

/** A text that is not a receipt: one sentence of what and where, one of what to do. */
export class ReceiptError extends Error {
  readonly code: ReceiptErrorCode;
  readonly remedy: string;

  constructor(code: ReceiptErrorCode, message: string, remedy: string) {
    super(message);
    this.name = 'ReceiptError';
    this.code = code;
    this.remedy = remedy;
  }
}
