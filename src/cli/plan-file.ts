import { ExpectedError } from '../contract/errors';
import { planSchema, type Plan } from '../core/plan/schema';
import { readNamedJson } from './named-file';

const code = 'not-a-plan';
const remedy = 'Write it with `plimsoll plan REF --json > FILE`.';

/** The plan in a file that was named on the command line. Throws ExpectedError. */
export async function planFrom(path: string): Promise<Plan> {
  const parsed = planSchema.safeParse(await readNamedJson(path, { what: '', remedy, code }));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const fault = `is not a plan at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown fault'}`;
  throw new ExpectedError(code, `${path} ${fault}.`, remedy, { path });
}
