import { z } from 'zod';

/** A model known by name: what a list shows of it before it is worked out. */
export const catalogEntrySchema = z.object({
  /** What `plan NAME` takes. */
  name: z.string(),
  title: z.string(),
  /** `dense`, `mixture`, `sliding`, `latent` (MLA), `hybrid`: what shapes its memory; several may hold. */
  kinds: z.array(z.enum(['dense', 'mixture', 'sliding', 'latent', 'hybrid'])),
  /** null where the config does not tell them. */
  parameters: z.object({ total: z.number().nullable(), active: z.number().nullable() }),
  /** In tokens; null where the config does not tell it. */
  context_trained: z.number().int().positive().nullable(),
  released: z.string(),
  /** Where its config was published. */
  source: z.object({ url: z.string(), read_at: z.string(), verified: z.boolean() }),
});
export type CatalogEntry = z.infer<typeof catalogEntrySchema>;
