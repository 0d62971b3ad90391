import { z } from 'zod';
import { findingSchema } from '../finding';
import { verdicts } from '../plan/schema';
import { kvCacheDtypes, quantisations, weightDtypes } from './precision';
import { FRAGMENTATION, oomRisks } from './rule-of-thumb';

const bytes = z.number().int();
const known = z.number().nullable();
/** Far beyond any model or hall, so that every product stays a whole number. */
const MOST = 2 ** 31 - 1;
const count = z.number().int().min(1).max(MOST);
const ranks = z.number().int().min(1).max(1024);

/** What only a start-up shows, between two ends; `likely` is what published logs follow. */
export const intervalSchema = z.object({ low: z.number(), likely: z.number(), high: z.number() });

/** What is asked of a deployment. Null: chosen here, by the default that stands with each field. */
export const vllmRequestSchema = z.strictObject({
  /** How the weights are held; null: as the model is published. */
  quantisation: z.enum(quantisations).nullable().default(null),
  dtype: z.enum(weightDtypes).default('auto'),
  kv_cache_dtype: z.enum(kvCacheDtypes).nullable().default(null),
  /** Tokens of a request at most, `--max-model-len`; default min(8192, trained). */
  context: count.nullable().default(null),
  /** Requests at once that must fit at that length. */
  concurrency: count.max(1e9).default(1),
  /** Null: the smallest number of cards that ships. */
  tensor_parallel: ranks.nullable().default(null),
  pipeline_parallel: ranks.default(1),
  data_parallel: ranks.default(1),
  gpu_memory_utilization: z.number().gt(0).max(1).nullable().default(null),
  /** The rule of thumb wants this much left. Its source leaves the number to the user; 1 GiB is ours. */
  headroom_gib: z.number().nonnegative().max(1e6).default(1),
  fragmentation: z.number().min(1).max(10).default(FRAGMENTATION),
  /** Overhead of the rule of thumb instead of its formula. */
  overhead_gib: z.number().nonnegative().max(1e6).nullable().default(null),
  /** `--max-num-batched-tokens`; default 2048, or 8192 on cards with 70 GiB and more but the A100 (`vllm/engine/arg_utils.py`). */
  max_batched_tokens: count.nullable().default(null),
  /** `--max-num-seqs`; default: what fits, at most 256. */
  max_sequences: count.max(65_536).nullable().default(null),
  prefix_caching: z.boolean().nullable().default(null),
  enforce_eager: z.boolean().default(false),
  /** V0 is what vLLM had before 0.9: its trial run holds more. */
  engine: z.enum(['v0', 'v1']).default('v1'),
  /** From the log of an earlier start on these cards: then nothing need be an interval. */
  activation_gib: z.number().nonnegative().max(1e4).nullable().default(null),
  non_torch_gib: z.number().nonnegative().max(1e4).nullable().default(null),
  /** The workload that speed is told for. */
  prompt_tokens: count.default(1024),
  output_tokens: count.default(256),
  /** Whether requests begin alike, e.g. with one system prompt; null: not known. */
  shared_prefix: z.boolean().nullable().default(null),
  /** Whether a recommendation may quantise weights or cache that were not asked for so. */
  allow_quantisation: z.boolean().default(true),
  allow_fp8_cache: z.boolean().default(true),
});
export type VllmRequest = z.infer<typeof vllmRequestSchema>;

export const cardSchema = z.object({
  name: z.string(),
  /** What PyTorch sees of its memory. */
  memory_bytes: bytes.nullable(),
  /** Of those free now; null where nobody looked. */
  free_bytes: bytes.nullable(),
  bandwidth_gbps: known,
  /** 10^12 operations a second at 16 bits, dense. */
  compute_tflops: known,
  /** NVIDIA's compute capability, e.g. 8.9. */
  capability: known,
  /** Between cards; null where nobody knows. */
  nvlink: z.boolean().nullable(),
  /** Link between cards in one direction, 10^9 bytes a second. */
  link_gbps: known,
  source: z.enum(['measured', 'catalog', 'given']),
});
export type Card = z.infer<typeof cardSchema>;

const parallelSchema = z.object({ tensor: ranks, pipeline: ranks, data: ranks });

export const ruleAnswerSchema = z.object({
  weights_bytes: bytes,
  kv_cache_bytes: z.number(),
  overhead_bytes: bytes,
  vram_bytes: bytes,
  allocatable_bytes: bytes,
  required_bytes: z.number(),
  headroom_bytes: z.number(),
  fits: z.boolean(),
  oom_risk: z.enum(oomRisks),
  kv_share: z.number(),
  max_concurrency: z.number(),
  max_context: z.number(),
  warnings: z.array(z.string()),
});

/** One card's memory as vLLM accounts for it. */
export const rankSchema = z.object({
  /** `gpu0`, `gpu1`, … in the order of the cards. */
  device: z.string(),
  name: z.string(),
  stage: z.number().int(),
  total_bytes: bytes,
  /** Total × utilisation. */
  budget_bytes: bytes,
  weights_bytes: bytes,
  activation_bytes: intervalSchema,
  non_torch_bytes: intervalSchema,
  graph_bytes: intervalSchema,
  /** What is left for the cache; below zero where the weights alone are too large. */
  cache_bytes: intervalSchema,
  /** What the asked requests take of it. */
  asked_bytes: z.number(),
});

export const exactAnswerSchema = z.object({
  ranks: z.array(rankSchema),
  layout: z.enum(['none', 'one', 'hybrid', 'as-full']),
  /** Tokens of a block in the first group, and how many groups of layers there are. */
  block_tokens: z.number().int(),
  groups: z.number().int(),
  /** Bytes of a block on the first card, over the layers of a group. */
  block_bytes: z.number(),
  blocks: intervalSchema,
  /** "GPU KV cache size", of one data-parallel copy. */
  cache_tokens: intervalSchema,
  /** "Maximum concurrency for N tokens per request", over all copies. */
  concurrency: intervalSchema,
  /** The longest context at the asked concurrency. */
  context: intervalSchema,
  /** Of one request at the asked context, on all cards of a copy. */
  request_bytes: z.number(),
  /** By the length of requests, for curves: the cache of one, and how many fit at once over all copies. */
  growth: z.array(z.object({ tokens: z.number(), bytes: z.number(), concurrency: intervalSchema })),
  oom_risk: z.enum(oomRisks),
});

export const vllmReasonCodes = [
  'fits',
  'over-budget',
  'between',
  'weights-too-large',
  'cannot-divide',
  'too-few-cards',
  'context-beyond-trained',
  'missing-measurement',
  'unknown-architecture',
  'below-utilisation',
] as const;

export const vllmReasonSchema = z.object({
  code: z.enum(vllmReasonCodes),
  device: z.string().nullable(),
  bytes: z.number().nullable(),
  message: z.string(),
});

/** A setting, its value, and why. */
export const recommendationSchema = z.object({
  option: z.string(),
  value: z.string(),
  reason: z.string(),
});

const rate = intervalSchema.nullable();

export const vllmSpeedSchema = z.object({
  /** Sequences that decode together. */
  batch: z.number(),
  /** Tokens a second of one request, and of all together. */
  decode_tok_s: rate,
  throughput_tok_s: rate,
  /** Seconds until the first token of a lone prompt, and of a whole request. */
  first_token_s: rate,
  request_s: rate,
  basis: z.literal('prior'),
  missing: z.array(z.string()),
});

export const vllmPlanSchema = z.object({
  verdict: z.enum(verdicts),
  reasons: z.array(vllmReasonSchema),
  model: z.object({
    name: z.string(),
    /** What `vllm serve` is given. */
    served: z.string(),
    published: z.enum(quantisations),
    parameters: known,
    layers: known,
    heads: known,
    kv_heads: known,
    context_trained: known,
  }),
  cards: z.array(cardSchema),
  request: vllmRequestSchema,
  /** What was settled of that. */
  settings: z.object({
    parallel: parallelSchema,
    quantisation: z.enum(quantisations),
    kv_cache_dtype: z.enum(kvCacheDtypes),
    context: count,
    max_sequences: count,
    max_batched_tokens: count,
    gpu_memory_utilization: z.number(),
    prefix_caching: z.boolean(),
  }),
  /** Over the cards of one copy of the model; null where the model's shape is not known. */
  rule_of_thumb: ruleAnswerSchema.nullable(),
  exact: exactAnswerSchema.nullable(),
  speed: vllmSpeedSchema,
  recommendations: z.array(recommendationSchema),
  findings: z.array(findingSchema),
});

export type VllmPlan = z.infer<typeof vllmPlanSchema>;
export type VllmSettings = VllmPlan['settings'];
export type VllmReason = z.infer<typeof vllmReasonSchema>;
export type ExactAnswer = z.infer<typeof exactAnswerSchema>;
export type VllmSpeed = z.infer<typeof vllmSpeedSchema>;
export type Recommendation = z.infer<typeof recommendationSchema>;
