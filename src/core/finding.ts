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

/** A finding about the whole of what it travels with; a null remedy where nothing can be done. */
export function finding(
  severity: Finding['severity'],
  code: string,
  message: string,
  remedy: string | null,
): Finding {
  return { severity, code, path: null, message, remedy };
}
