import { z } from 'zod';

export const attentionPatterns = ['full', 'sliding', 'hybrid'] as const;
/** Precisions of a KV cache that the sizing knows, and the bytes of one number. */
export const kvPrecisions = ['fp8', 'fp16', 'bf16', 'int8', 'fp32', 'int4'] as const;
export type KvPrecision = (typeof kvPrecisions)[number];

const layers = z.number().int().nonnegative().max(10_000);
const gibibytes = z.number().positive().max(1e9).nullable().default(null);

/** A model by its attention alone: what sizing needs of it where no config is at hand. */
export const attentionRowSchema = z.object({
  name: z.string().regex(/^[\w][\w.+-]{0,63}$/u),
  num_layers: z.number().int().positive().max(10_000),
  num_key_value_heads: z.number().int().positive().max(100_000),
  head_dim: z.number().int().positive().max(100_000),
  max_position_embeddings: z
    .number()
    .int()
    .positive()
    .max(2 ** 31),
  attention_pattern: z.enum(attentionPatterns),
  hybrid_full_layers: layers.nullable().default(null),
  hybrid_sliding_layers: layers.nullable().default(null),
  sliding_window: z
    .number()
    .int()
    .positive()
    .max(2 ** 31)
    .nullable()
    .default(null),
  default_kv_precision: z.enum(kvPrecisions).default('fp16'),
  /** Billions; null where weights are not to be counted. */
  total_params_b: z.number().positive().max(1e6).nullable().default(null),
  weights_memory_gib_fp16: gibibytes,
  weights_memory_gib_fp8: gibibytes,
  weights_memory_gib_int8: gibibytes,
  weights_memory_gib_int4: gibibytes,
  notes: z.string().max(2000).default(''),
});
export type AttentionRow = z.infer<typeof attentionRowSchema>;
