import { z } from 'zod';

export const severities = ['info', 'warning', 'error'] as const;

/** Something worth telling: what, where, and what to do about it. Travels with the data it is about. */
export const findingSchema = z.looseObject({
  severity: z.enum(severities),
  /** Stable kebab-case name, for filters and tests. */
  code: z.string(),
  /** JSON pointer into the record that carries the finding; null where it is about the whole. */
  path: z.string().nullable().default(null),
  /** One sentence: what is so. */
  message: z.string(),
  /** One sentence: what to do; null where nothing can be done. */
  remedy: z.string().nullable().default(null),
});

export type Finding = z.infer<typeof findingSchema>;
