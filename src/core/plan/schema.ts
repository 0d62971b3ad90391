import { z } from 'zod';
import { findingSchema } from '../finding';
import { qualitySchema } from './quality/schema';
import { decodeTermsSchema, prefillTermsSchema } from './speed/schema';
import { fitSchema } from '../fit/schema';
import { kvTypes, overrideSchema, planRequestSchema, splitModes } from './request-schema';
import { searchSchema } from './search/schema';
import { oracleSchema } from './oracle-schema';

export {
  automaticKvTypes,
  kvTypes,
  type KvType,
  type Objective,
  objectives,
  type PlanRequest,
  planRequestSchema,
} from './request-schema';

const bytes = z.number().int().nonnegative();
const knownBytes = bytes.nullable();
const speed = z.number().nonnegative().nullable();

/** One device's share of memory, by component. Null: not known. */
export const memoryRowSchema = z.object({
  /** `gpu0`, `gpu1`, … in PCI order, or `host`. */
  device: z.string(),
  name: z.string().nullable(),
  model_bytes: knownBytes,
  context_bytes: knownBytes,
  compute_bytes: knownBytes,
  output_bytes: knownBytes,
  overhead_bytes: knownBytes,
  /** Sum of the parts; null where one is null. */
  total_bytes: knownBytes,
  /** What may be used here; null where it was not measured. May be zero, never negative. */
  budget_bytes: knownBytes,
});

export const verdicts = ['ship', 'refuse', 'unknown'] as const;

/** Why the verdict is what it is, with the numbers that decided it. */
export const reasonSchema = z.looseObject({
  code: z.enum([
    'fits',
    'over-budget',
    'below-floor',
    'at-the-edge',
    'missing-measurement',
    'unknown-architecture',
    'unknown-memory',
    'context-beyond-trained',
    'unsupported-combination',
  ]),
  device: z.string().nullable(),
  /** Bytes free (fits) or short (over-budget), either of the two (at-the-edge); null where the reason is not about bytes. */
  bytes: z.number().int().nullable(),
  /** JSON pointer of the missing field in the Profile, for missing-measurement. */
  field: z.string().nullable(),
  /** The floor and the forecast of decoding, where the reason is about them. */
  floor_tok_s: speed.optional(),
  forecast_tok_s: speed.optional(),
  low_tok_s: speed.optional(),
  high_tok_s: speed.optional(),
  message: z.string(),
});

/** One change that was planned and turns a refusal into ship. */
export const remedySchema = z.object({
  code: z.string(),
  message: z.string(),
  /** The part of the request to change. */
  request: z.record(z.string(), z.unknown()),
  /** Memory to be freed, or to be bought, by device. */
  memory: z.array(z.object({ device: z.string(), bytes: z.number().int().positive() })).default([]),
  /** Another quantisation of the same model. */
  quant: z.string().nullable().default(null),
  /** What it costs in quality, where somebody published it; null too where it costs none. */
  quality: qualitySchema.nullable().default(null),
  verdict: z.enum(verdicts),
  /** Forecast of decoding then; null where it is not known. */
  decode_tok_s: speed.default(null),
  /** The fast end of that forecast; null where it is not known, and in plans of earlier versions. */
  decode_high_tok_s: speed.default(null),
});

/** What a plan that ships would need for more. */
export const nextStepSchema = z.object({
  code: z.enum(['all-on-gpu', 'longer-context', 'larger-quant']),
  message: z.string(),
  /** What is short for it, by device; none where it fits as it is. */
  memory: z.array(z.object({ device: z.string(), bytes: z.number().int().positive() })),
});

export const commandSchema = z.object({
  tool: z.enum(['llama-server', 'llama-bench', 'llama-fit-params']),
  argv: z.array(z.string()),
  env: z.record(z.string(), z.string()),
});

/** Speed of one phase. Everything null where it rests on an unknown; `missing` then names it. */
export const speedSchema = z.object({
  ceiling_tok_s: speed,
  forecast_tok_s: speed,
  low_tok_s: speed,
  high_tok_s: speed,
  /** `prior` until receipts exist; `assumed` where it rests on a card's published figures. */
  basis: z.enum(['prior', 'receipts', 'assumed']).nullable(),
  samples: z.number().int().nonnegative(),
  missing: z.array(z.string()),
  /** Tokens in the cache before it. */
  depth: z.number().int().nonnegative().default(0),
  /** The receipts that it rests on. */
  receipts: z.array(z.string()).default([]),
  /** How forecasts of this kind did on receipts that were left out of them; null without enough receipts. */
  held: z
    .object({
      of: z.number().int(),
      inside: z.number().int(),
      median_abs_error_pct: z.number(),
      worst_abs_error_pct: z.number(),
    })
    .nullable()
    .default(null),
  /** What the receipts differ in from what is asked (`core/calibration/schema.ts`): `like` where in nothing; null without any. */
  step: z.string().nullable().default(null),
});

/** Time from a prompt to the first token of the answer, s; from an empty context. Null as in speeds. */
export const firstTokenSchema = z.object({
  prompt_tokens: z.number().int().positive(),
  /** What bandwidths alone allow. */
  least_s: speed,
  low_s: speed,
  forecast_s: speed,
  high_s: speed,
  missing: z.array(z.string()),
});

/** Something taken as given, and from where. */
export const assumptionSchema = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  unit: z.string().nullable(),
  basis: z.enum(['measured', 'read', 'assumed', 'predicted', 'default', 'requested']),
  source: z.string(),
});

/** A flag and why it stands there. */
export const flagSchema = z.object({ flag: z.string(), value: z.string().nullable(), reason: z.string() });

/** Arguments that were judged as given. */
export const exactSchema = z.object({
  tool: z.enum(['llama-server', 'llama-bench', 'llama-fit-params']),
  arguments: z.array(z.string()),
  /** Options that have no part in memory. */
  ignored: z.array(z.string()),
});

/** Where layers lie on devices, and what else was chosen; plans of before several devices have the defaults. */
const placedSchema = z.object({
  /** In llama.cpp's order, each with the layers that it holds, the output counted as one. */
  devices: z.array(z.object({ device: z.string(), layers: z.number().int() })).default([]),
  /** `-ts`; null where one device holds all. */
  tensor_split: z.array(z.number()).nullable().default(null),
  split_mode: z.enum(splitModes).default('layer'),
  overrides: z.array(overrideSchema).default([]),
  offload_cache: z.boolean().default(true),
  kv_type_k: z.enum(kvTypes).nullable().default(null),
  kv_type_v: z.enum(kvTypes).nullable().default(null),
  micro_batch: z.number().int().nullable().default(null),
});

export const planSchema = z.object({
  model: z.object({ name: z.string(), locator: z.string(), quant: z.string().nullable() }),
  /** The machine it was planned for (`core/receipt/machine-id.ts`); absent where nobody asked. */
  profile_id: z.string().nullable().optional(),
  request: planRequestSchema,
  verdict: z.enum(verdicts),
  reasons: z.array(reasonSchema),
  remedies: z.array(remedySchema),
  /** For a refusal without remedies: that nothing planned ships, and what comes nearest; null elsewhere. */
  no_remedy: z.string().nullable().default(null),
  /** For a plan that ships. */
  next_steps: z.array(nextStepSchema).default([]),
  /** What was chosen. */
  placement: z.object({
    context: z.number().int(),
    gpu_layers: z.number().int(),
    cpu_moe_layers: z.number().int(),
    threads: z.number().int().nullable(),
    ...placedSchema.shape,
  }),
  memory: z.array(memoryRowSchema),
  decode: speedSchema,
  /** The same with the context of one sequence full but for one token; null in plans of earlier versions. */
  decode_at_context: speedSchema.nullable().default(null),
  prefill: speedSchema,
  first_token: firstTokenSchema.nullable().default(null),
  /** What the forecast of decoding is made of, at both depths; empty where it is not known. */
  decode_terms: z.array(decodeTermsSchema).default([]),
  /** What reading a micro-batch from an empty context is made of; null where it is not known. */
  prefill_terms: prefillTermsSchema.nullable().default(null),
  commands: z.array(commandSchema),
  /** The llama-server line, quoted for the shell of the machine that plans. */
  flags: z.string(),
  explained_flags: z.array(flagSchema),
  assumptions: z.array(assumptionSchema),
  findings: z.array(findingSchema),
  /** What was tried, and why this won; null where nothing was searched. */
  search: searchSchema.nullable().default(null),
  /** The user's own arguments, where just these were judged. */
  exact: exactSchema.nullable().default(null),
  /** What llama.cpp itself says of the same arguments, where it was asked. */
  oracle: oracleSchema.nullable().default(null),
  /** What llama.cpp's `--fit` would choose for the same request, where it was worked out. */
  fit: fitSchema.nullable().default(null),
});

export type MemoryRow = z.infer<typeof memoryRowSchema>;
export type Verdict = (typeof verdicts)[number];
export type Reason = z.infer<typeof reasonSchema>;
export type Remedy = z.infer<typeof remedySchema>;
export type NextStep = z.infer<typeof nextStepSchema>;
export type Command = z.infer<typeof commandSchema>;
export type Speed = z.infer<typeof speedSchema>;
export type FirstToken = z.infer<typeof firstTokenSchema>;
export type Assumption = z.infer<typeof assumptionSchema>;
export type ExplainedFlag = z.infer<typeof flagSchema>;
export type Plan = z.infer<typeof planSchema>;
