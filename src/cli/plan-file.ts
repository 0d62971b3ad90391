import { readFile } from 'node:fs/promises';
import { ExpectedError } from '../contract/errors';
import { planSchema, type Plan } from '../core/plan/schema';

/** The plan in a file that was named on the command line. Throws ExpectedError. */
export async function planFrom(path: string): Promise<Plan> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw unusable(path, `could not be read: ${message}`);
  });
  const parsed = planSchema.safeParse(jsonOf(text, path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unusable(
    path,
    `is not a plan at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown fault'}`,
  );
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unusable(path, 'is not JSON, or is cut short');
  }
}

function unusable(path: string, why: string): ExpectedError {
  const remedy = 'Write it with `plimsoll plan REF --json > FILE`.';
  return new ExpectedError('not-a-plan', `${path} ${why}.`, remedy, { path });
}
