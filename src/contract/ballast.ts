import { z } from 'zod';

/** The stand-in to write. */
export const ballastInputSchema = z.object({
  reference: z.string().min(1).max(4096),
  /** Null: the model's own. */
  quant: z.string().max(64).nullable().default(null),
  /** Only the first so many blocks; null for all. */
  layers: z.number().int().positive().max(1e6).nullable().default(null),
  /** The file to write; never one that is there. */
  out: z.string().min(1).max(4096),
  /** The same seed gives the same file. */
  seed: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 31 - 1)
    .default(0),
});

/** What was written. */
export const ballastOutputSchema = z.object({
  path: z.string(),
  model: z.string(),
  quant: z.string().nullable(),
  layers: z.number(),
  block_count: z.number(),
  tensors: z.number(),
  bytes: z.number(),
});
