import { z } from 'zod';

/** Schemas of what a command takes and gives. */
export interface Definition<Input extends z.ZodType, Output extends z.ZodType> {
  readonly input: Input;
  readonly output: Output;
}

/** One row of the table: what a caller sends and what comes back. */
export function command<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Definition<Input, Output>,
): Definition<Input, Output> {
  return definition;
}

/** Input of a command that needs none. */
export const nothing = z.object({});
