import { z } from 'zod';
import { catalogSourceSchema } from '../source';

const figure = z.number().nonnegative().max(1e12).nullable().default(null);

/** How fast weights and contexts come from storage. `gbps` is 10^9 bytes a second. */
export const storageSpecSchema = z.object({
  name: z.string().regex(/^[\w][\w.+-]{0,63}$/u),
  type: z.string().max(60),
  iops_read: figure,
  iops_write: figure,
  throughput_read_gbps: figure,
  throughput_write_gbps: figure,
  latency_read_ms_p50: figure,
  latency_read_ms_p99: figure,
  latency_write_ms_p50: figure,
  latency_write_ms_p99: figure,
  notes: z.string().max(2000).default(''),
  source: catalogSourceSchema,
});
export type StorageSpec = z.infer<typeof storageSpecSchema>;
