import { z } from 'zod';
import { priceSchema } from '../gpus/schema';
import { catalogSourceSchema } from '../source';

const figure = z.number().positive().max(1e9).nullable().default(null);

/** A node that a fleet is made of: a server, or a rack whose cards are one NVLink domain. */
export const serverSpecSchema = z.object({
  name: z.string().regex(/^[\w][\w.+-]{0,63}$/u),
  title: z.string().max(120).nullable().default(null),
  gpus: z.number().int().positive().max(10_000),
  /** Id of the catalog's card; null where it is not one of those. */
  gpu: z.string().max(64).nullable().default(null),
  /** As sold, in GB. */
  hbm_per_gpu_gb: z.number().positive().max(1e6),
  total_hbm_gb: z.number().positive().max(1e9),
  /** Of all cards together, both directions, 10^12 bytes a second. */
  nvlink_bandwidth_tbps: figure,
  system_memory_tb: figure,
  price: priceSchema.nullable().default(null),
  notes: z.string().max(2000).default(''),
  /** Of every figure that `sources` does not name. */
  source: catalogSourceSchema,
  /** By field: figures from elsewhere. */
  sources: z.record(z.string(), catalogSourceSchema).default({}),
});
export type ServerSpec = z.infer<typeof serverSpecSchema>;
