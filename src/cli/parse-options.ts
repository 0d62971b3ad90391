import type { z } from 'zod';
import { ExpectedError } from '../contract/errors';

/** Options as a schema has them. Throws ExpectedError with the option that is out of bounds. */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  values: z.input<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const option = `--${issue.path.join('-').replaceAll('_', '-')}`;
  throw new ExpectedError(
    'usage',
    `${option} is out of bounds: ${issue.message}.`,
    'Give a value that is meant for it.',
  );
}
