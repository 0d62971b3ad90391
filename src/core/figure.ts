import { z } from 'zod';

/** Spread of repeated measurements, in the unit of the figure they belong to. */
export const samplesSchema = z.looseObject({
  n: z.number().int().nonnegative(),
  min: z.number(),
  median: z.number(),
  max: z.number(),
});
export type Samples = z.infer<typeof samplesSchema>;

/** How a figure came to be, or why it is missing. */
export const provenanceSchema = z.looseObject({
  /** Instrument or file the figure is from; null where there is no figure. */
  method: z.string().nullable().default(null),
  conditions: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .nullable()
    .default(null),
  samples: samplesSchema.nullable().default(null),
  /** ISO 8601, UTC. */
  measured_at: z.string().nullable().default(null),
  /** Why there is no figure: `code: explanation` or a plain code; null where there is one. */
  reason: z.string().nullable().default(null),
});
export type Provenance = z.infer<typeof provenanceSchema>;
export type Conditions = NonNullable<Provenance['conditions']>;

/** A value that knows its source, or null that knows its reason. */
export interface Figure<T> {
  readonly value: T | null;
  readonly provenance: Provenance;
}

/** Every field of a record as a figure of its own. */
export type Figures<T> = { readonly [Field in keyof T]-?: Figure<NonNullable<T[Field]>> };

export interface Source {
  readonly method: string;
  readonly at: string;
  readonly conditions?: Conditions;
  readonly samples?: Samples;
}

/** A figure that an instrument gave. */
export function known<T>(value: T, source: Source): Figure<T> {
  return {
    value,
    provenance: {
      method: source.method,
      conditions: source.conditions ?? null,
      samples: source.samples ?? null,
      measured_at: source.at,
      reason: null,
    },
  };
}

/** No figure, and why: `reason` is `code` or `code: explanation`, e.g. `no-tool: fio is not installed`. */
export function missing(reason: string, method: string | null = null): Figure<never> {
  return { value: null, provenance: { method, conditions: null, samples: null, measured_at: null, reason } };
}

/** A figure of `value`, or a missing one with `reason` where it is null. */
export function knownOr<T>(value: T | null, source: Source, reason: string): Figure<T> {
  return value === null ? missing(reason, source.method) : known(value, source);
}

/** Spread of a list of measurements; null for an empty list. The median of an even count is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Samples | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { n: sorted.length, min: sorted[0]!, median, max: sorted.at(-1)! };
}
