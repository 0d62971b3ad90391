/** A question that sizing cannot answer: one sentence of what is wrong, one of what to do. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}
