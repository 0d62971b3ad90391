import { z } from 'zod';

/** What a smaller type costs in quality, as somebody measured and published it. */
export const qualitySchema = z.object({
  /** The model it was measured with: others lose more or less. */
  model: z.string(),
  /** Perplexity on Wikitext-2 before and after the change; lower is better. */
  perplexity_before: z.number(),
  perplexity_after: z.number(),
  /** 100 · (after − before) / before. */
  change_pct: z.number(),
  /** Mean Kullback-Leibler divergence from the 16-bit model after the change; null where it was not published. */
  divergence: z.number().nullable(),
  /** Where it was published, in a few words, and in full. */
  published_in: z.string(),
  source: z.string(),
});

export type Quality = z.infer<typeof qualitySchema>;
