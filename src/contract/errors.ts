import { z } from 'zod';

/** What went wrong, in a form that survives IPC and HTTP: one sentence of what, one of what to do. */
export const failureSchema = z.object({
  /** Stable kebab-case name, e.g. `not-found`, `invalid-input`, `cancelled`. */
  code: z.string(),
  message: z.string(),
  remedy: z.string().nullable(),
  /** Evidence for the curious: offset, path, exit status. */
  details: z.record(z.string(), z.unknown()).nullable(),
});
export type Failure = z.infer<typeof failureSchema>;

/** The answer to every call, whatever carries it. */
export type Envelope<Value = unknown> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

/** An error that a user can act on. Anything else that is thrown is a bug and says so. */
export class ExpectedError extends Error {
  readonly failure: Failure;

  constructor(
    code: string,
    message: string,
    remedy: string | null = null,
    details: Failure['details'] = null,
  ) {
    super(message);
    this.name = 'ExpectedError';
    this.failure = { code, message, remedy, details };
  }
}

/** The failure that an error stands for; an unexpected one is told apart as `internal`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ExpectedError) return error.failure;
  if (isAbort(error)) return { code: 'cancelled', message: 'Cancelled.', remedy: null, details: null };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `Plimsoll failed unexpectedly: ${message}`,
    remedy: 'Please report this with the command that led to it.',
    details: error instanceof Error && error.stack !== undefined ? { stack: error.stack } : null,
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
