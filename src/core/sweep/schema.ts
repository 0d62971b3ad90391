import { z } from 'zod';
import { speedSchema, verdicts } from '../plan/schema';

/** What can be swept, all else as asked. */
export const sweepKinds = ['context', 'ncmoe', 'ngl', 'quant'] as const;

const knownBytes = z.number().int().nullable();

/** The plan at one value. */
export const sweepPointSchema = z.object({
  /** Tokens, layers, or the name of a quantisation. */
  value: z.union([z.number().int(), z.string()]),
  verdict: z.enum(verdicts),
  context: z.number().int(),
  gpu_layers: z.number().int(),
  cpu_moe_layers: z.number().int(),
  /** Of the model's file; null where there is none. */
  file_bytes: knownBytes,
  /** Every device in use and the host, with what may be used; null where it is not known. */
  memory: z.array(z.object({ device: z.string(), total_bytes: knownBytes, budget_bytes: knownBytes })),
  /** Tokens a second from an empty context. */
  decode: speedSchema,
  /** With the context full; null where it was not forecast. */
  decode_at_context: speedSchema.nullable(),
});

export const sweepSchema = z.object({
  kind: z.enum(sweepKinds),
  model: z.object({ name: z.string(), locator: z.string(), quant: z.string().nullable() }),
  /** The value that the request itself comes to; null where it is none of those swept. */
  chosen: z.union([z.number().int(), z.string()]).nullable(),
  points: z.array(sweepPointSchema),
  /** Why there are no points, or what they leave out; null where there is nothing to say. */
  note: z.string().nullable(),
});

export type SweepKind = (typeof sweepKinds)[number];
export type SweepPoint = z.infer<typeof sweepPointSchema>;
export type Sweep = z.infer<typeof sweepSchema>;
