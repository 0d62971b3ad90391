import { z } from 'zod';

const value = z.union([z.number(), z.string(), z.boolean(), z.array(z.string())]).nullable();

export const changeKinds = ['changed', 'appeared', 'vanished', 'within-spread', 'momentary'] as const;

/** One figure that is not the same in both profiles. */
export const figureChangeSchema = z.looseObject({
  /** JSON pointer into the later profile; into the earlier one where the figure's device has vanished. */
  pointer: z.string(),
  /**
   * `within-spread`: no further apart than repeated measurements are. `momentary`: differs at every look, as free memory
   * does. `appeared` and `vanished`: known in one of the two only.
   */
  kind: z.enum(changeKinds),
  before: value,
  after: value,
  /** 100 · (after − before) / before; null for what is no number, or was 0 or unknown. */
  change_percent: z.number().nullable(),
  /** The wider spread of the two figures' own samples, percent of the median; null where neither has samples. */
  spread_percent: z.number().nullable(),
  /** Whether a measured figure is faster or slower; null where neither can be said. */
  effect: z.enum(['better', 'worse']).nullable(),
  /** Why a figure is missing on one side; null where nothing is missing. */
  note: z.string().nullable(),
});
export type FigureChange = z.infer<typeof figureChangeSchema>;

const side = z.looseObject({ created: z.string(), generator: z.string() });

/** What changed between two profiles. Figures that are the same in both are only counted. */
export const comparisonSchema = z.looseObject({
  before: side,
  after: side,
  /** Why the two cannot be of one machine; null where nothing speaks against it. */
  other_machine: z.string().nullable(),
  changes: z.array(figureChangeSchema),
  unchanged: z.number().int().nonnegative(),
});
export type Comparison = z.infer<typeof comparisonSchema>;
