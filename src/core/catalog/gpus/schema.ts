import { z } from 'zod';
import { catalogSourceSchema } from '../source';

export const gpuClasses = ['consumer', 'workstation', 'data-centre', 'apple'] as const;
export const gpuVendors = ['nvidia', 'amd', 'intel', 'apple', 'other'] as const;
/** Number types that a data sheet gives a speed for. */
export const computeTypes = ['fp32', 'fp16', 'bf16', 'fp8', 'fp4', 'int8'] as const;

/** Far beyond any card, so that every result is a finite number. */
const figure = z.number().positive().max(1e9).nullable().default(null);

/** What something costs, in its own currency. */
export const priceSchema = z.object({
  amount: z.number().nonnegative().max(1e12),
  /** ISO 4217, e.g. `USD`. */
  currency: z.string().regex(/^[A-Z]{3}$/u),
});

/** A card, or the graphics part of a chip, as its maker describes it. Null: the maker does not say. */
export const gpuSpecSchema = z.object({
  /** What options take: lower case, words joined by hyphens. */
  id: z.string().regex(/^[a-z0-9][a-z0-9.+-]{0,63}$/u),
  name: z.string().min(1).max(120),
  vendor: z.enum(gpuVendors),
  class: z.enum(gpuClasses),
  /** Year and month of the release. */
  released: z
    .string()
    .regex(/^\d{4}(-\d{2})?$/u)
    .nullable()
    .default(null),
  /** As sold: what a data sheet calls GB of graphics memory are GiB. Drivers show up to 3 % less. */
  memory_gib: z.number().positive().max(1e6),
  /** Memory bandwidth, 10^9 bytes a second. */
  bandwidth_gbps: figure,
  /** 10^12 operations a second, dense, on the matrix units where there are any. */
  compute: z
    .object(
      Object.fromEntries(computeTypes.map((type) => [type, figure])) as Record<
        (typeof computeTypes)[number],
        typeof figure
      >,
    )
    .prefault({}),
  /** The host's link; null for a chip that shares the host's memory, or where the maker does not say. */
  pcie: z
    .object({ generation: z.number().int().min(1).max(8), lanes: z.number().int().min(1).max(32) })
    .nullable()
    .default(null),
  /** The link between cards, 10^9 bytes a second of one card in both directions together; null: only over the host. */
  nvlink: z
    .object({ kind: z.string().min(1).max(60), gbps: z.number().positive().max(1e6) })
    .nullable()
    .default(null),
  /** Whether it shares the host's memory. */
  unified: z.boolean().default(false),
  /** NVIDIA's compute capability; null for other makers. */
  compute_capability: z
    .string()
    .regex(/^\d{1,2}\.\d$/u)
    .nullable()
    .default(null),
  price: priceSchema.nullable().default(null),
  /** Of every figure that `sources` does not name. */
  source: catalogSourceSchema,
  /** By field: figures from elsewhere. */
  sources: z.record(z.string(), catalogSourceSchema).default({}),
});

export type GpuSpec = z.infer<typeof gpuSpecSchema>;
export type Price = z.infer<typeof priceSchema>;

/** Where one figure of a card is from: `bandwidth_gbps`, `compute.fp8`, … */
export function sourceOfFigure(spec: GpuSpec, field: string): GpuSpec['source'] {
  return spec.sources[field] ?? spec.sources[field.split('.')[0]!] ?? spec.source;
}
