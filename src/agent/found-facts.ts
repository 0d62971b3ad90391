import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { FoundModel } from '../contract/records';
import { verdicts } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import { loadText } from '../host/store/load-text';
import { saveText } from '../host/store/save-text';

const factsSchema = z.object({
  quant: z.string().nullable(),
  architecture: z.string().nullable(),
  context_trained: z.number().nullable(),
  parameters: z.number().nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const entrySchema = z.object({
  /** Of all parts together. */
  bytes: z.number(),
  changed_ms: z.number(),
  facts: factsSchema,
  /** For which profile the plan was made, and what it said. */
  plan: z
    .object({ key: z.string(), verdict: z.enum(verdicts), decode_tok_s: z.number().nullable() })
    .nullable(),
});

const fileSchema = z.object({ format: z.literal(1), files: z.record(z.string(), entrySchema) });

/** What a model file's header says, as lists show it. */
export type FoundFacts = Pick<
  FoundModel,
  'quant' | 'architecture' | 'context_trained' | 'parameters' | 'failure'
>;
export type KeptFacts = z.infer<typeof entrySchema>;

/** Five times ten thousand files, some 12 MB. */
const MOST_KEPT = 50_000;
const LARGEST_FILE = 32 * 2 ** 20;

/** The facts kept from earlier, by path; none where the file is absent or is not as it was written. */
export async function loadFacts(dataDirectory: string): Promise<ReadonlyMap<string, KeptFacts>> {
  try {
    const text = await loadText(pathIn(dataDirectory), LARGEST_FILE);
    const kept = text === null ? null : fileSchema.parse(JSON.parse(text));
    return new Map(Object.entries(kept?.files ?? {}));
  } catch {
    return new Map();
  }
}

/** Keeps facts, those of `now` before those of earlier searches. Keeping fails silently: it saves time and nothing else. */
export async function saveFacts(
  dataDirectory: string,
  now: ReadonlyMap<string, KeptFacts>,
  earlier: ReadonlyMap<string, KeptFacts>,
): Promise<void> {
  const all = new Map([...now, ...[...earlier].filter(([path]) => !now.has(path))]);
  const files = Object.fromEntries([...all].slice(0, MOST_KEPT));
  await saveText(pathIn(dataDirectory), JSON.stringify({ format: 1, files })).catch(() => undefined);
}

/** What a verdict was reached with: this profile, and this version's planner. */
export function planKey(profile: Profile, version: string): string {
  return createHash('sha256').update(version).update(JSON.stringify(profile)).digest('hex').slice(0, 32);
}

function pathIn(dataDirectory: string): string {
  return join(dataDirectory, 'cache', 'found-models.json');
}
