import { z } from 'zod';
import { kvPrecisions } from '../catalog/attention/schema';

export const haModes = ['none', 'n+1', 'n+2'] as const;
/** Whose cache is counted: one that keeps a window's tokens in sliding layers, or llama.cpp's cells. */
export const cachePolicies = ['window-tokens', 'llama.cpp'] as const;

const tokens = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1);

export const fleetRequestSchema = z.object({
  /** Sessions at a time. */
  concurrency: z.number().int().positive().max(1e9),
  /** Tokens of a session. */
  effective_context: tokens,
  /** Null: the model's own. */
  kv_precision: z.enum(kvPrecisions).nullable().default(null),
  cache_policy: z.enum(cachePolicies).default('window-tokens'),
  /** Flat GiB of a node for weights, activations and runtime; null: weights are counted where they are known. */
  runtime_overhead_gib: z.number().nonnegative().max(1e9).nullable().default(null),
  /** Share of what is left that the cache may take. */
  kv_budget_ratio: z.number().positive().max(1).default(0.7),
  peak_headroom_ratio: z.number().nonnegative().max(10).default(0.2),
  /** Of the recommended scenario. */
  ha_mode: z.enum(haModes).default('n+1'),
  /** Bytes of a weight over 8; null: the weights as the model is published or quantised. */
  weights_gib: z.number().positive().max(1e9).nullable().default(null),
  /** Cards that share one copy of the weights; null: the number that leaves room for most sessions. */
  tensor_parallel: z.number().int().positive().max(10_000).nullable().default(null),
  /** Activations, graphs and communication buffers of one card, GiB, where weights are counted. */
  reserve_per_gpu_gib: z.number().nonnegative().max(1e6).default(5),
  /** Lengths that half, 95 and 99 of 100 sessions stay within; null: every session is as long as the effective context. */
  contexts: z
    .object({ p50: tokens, p95: tokens, p99: tokens })
    .refine(({ p50, p95, p99 }) => p50 <= p95 && p95 <= p99, 'p50, p95 and p99 must not fall')
    .nullable()
    .default(null),
});

export type FleetRequest = z.infer<typeof fleetRequestSchema>;
export type HaMode = (typeof haModes)[number];
export type CachePolicy = (typeof cachePolicies)[number];
export type Contexts = NonNullable<FleetRequest['contexts']>;
