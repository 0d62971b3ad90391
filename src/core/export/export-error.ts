/** What another program's file cannot hold, and what to do about it. */
export class ExportError extends Error {
  override readonly name = 'ExportError';

  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}
