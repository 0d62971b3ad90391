import { z } from 'zod';
import { findingSchema } from '../finding';
import { decodeTermsSchema, prefillTermsSchema } from './speed/schema';
import { fitSchema } from '../fit/schema';

/** Types a KV cache can have (llama.cpp `-ctk`, `-ctv`). */
export const kvTypes = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const;

const wish = z.number().int().nonnegative().nullable().default(null);

/** What is asked of a plan. Null: the planner chooses, by the defaults of each field. */
export const planRequestSchema = z.object({
  /** Tokens; default min(8192, trained). Padded to 256 as llama.cpp does. */
  context: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .nullable()
    .default(null),
  /** Sequences that share the context. */
  parallel: z.number().int().min(1).max(256).default(1),
  kv_type_k: z.enum(kvTypes).default('f16'),
  kv_type_v: z.enum(kvTypes).default('f16'),
  flash_attention: z.boolean().default(true),
  batch: z
    .number()
    .int()
    .min(1)
    .max(2 ** 20)
    .default(2048),
  micro_batch: z
    .number()
    .int()
    .min(1)
    .max(2 ** 20)
    .default(512),
  /** Default: physical cores. */
  threads: z.number().int().min(1).max(1024).nullable().default(null),
  /** `-ngl`, fixed by the user. Default: as many as fit. */
  gpu_layers: wish,
  /** `-ncmoe`, fixed by the user. Default: as few as fit. */
  cpu_moe_layers: wish,
  /** Tokens a second below which the answer is refuse. Null: 1, and an unknown speed still ships. */
  floor_tok_s: z.number().positive().nullable().default(null),
  /** Left free on each device; llama.cpp's own default. */
  margin_mib: z.number().nonnegative().default(1024),
  /** Left free on the host. */
  host_headroom_mib: z.number().nonnegative().default(2048),
  /** Held back on every budget for what else must run. */
  reserve_mib: z.number().nonnegative().default(0),
  /** Let mapped weights exceed host memory; the forecast then counts the disk. */
  allow_paging: z.boolean().default(false),
});

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
    'missing-measurement',
    'unknown-architecture',
    'unknown-memory',
    'context-beyond-trained',
    'unsupported-combination',
  ]),
  device: z.string().nullable(),
  /** Bytes free (fits) or short (over-budget); null where the reason is not about bytes. */
  bytes: z.number().int().nullable(),
  /** JSON pointer of the missing field in the Profile, for missing-measurement. */
  field: z.string().nullable(),
  message: z.string(),
});

/** One change that was planned and turns a refusal into ship. */
export const remedySchema = z.object({
  code: z.string(),
  message: z.string(),
  /** The part of the request to change. */
  request: z.record(z.string(), z.unknown()),
  verdict: z.enum(verdicts),
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

const mebibytes = z.number().int().nonnegative();

/** One device's share by llama.cpp's own account, beside ours; bytes as it prints them, in whole MiB rounded down. */
export const oracleRowSchema = z.object({
  /** As rows of memory name it. */
  device: z.string(),
  /** As llama.cpp calls it. */
  name: z.string(),
  model_mib: mebibytes,
  context_mib: mebibytes,
  compute_mib: mebibytes,
  /** What is planned for the same arguments of the same tool; null where it is not known. */
  planned_model_mib: mebibytes.nullable(),
  planned_context_mib: mebibytes.nullable(),
  planned_compute_mib: mebibytes.nullable(),
});

/** The dry run of llama.cpp's own tool. */
export const oracleSchema = z.object({
  /** `asked`: there are rows; `skipped`: `reason` says why there are none. */
  state: z.enum(['asked', 'skipped']),
  /** The program that was run; null where none was found. */
  program: z.string().nullable(),
  arguments: z.array(z.string()),
  rows: z.array(oracleRowSchema),
  /** One sentence: why it was not asked, or what it does not cover. */
  reason: z.string().nullable(),
});

export const planSchema = z.object({
  model: z.object({ name: z.string(), locator: z.string(), quant: z.string().nullable() }),
  /** The machine it was planned for (`core/receipt/machine-id.ts`); absent where nobody asked. */
  profile_id: z.string().nullable().optional(),
  request: planRequestSchema,
  verdict: z.enum(verdicts),
  reasons: z.array(reasonSchema),
  remedies: z.array(remedySchema),
  /** What was chosen. */
  placement: z.object({
    context: z.number().int(),
    gpu_layers: z.number().int(),
    cpu_moe_layers: z.number().int(),
    threads: z.number().int().nullable(),
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
  /** The user's own arguments, where just these were judged. */
  exact: exactSchema.nullable().default(null),
  /** What llama.cpp itself says of the same arguments, where it was asked. */
  oracle: oracleSchema.nullable().default(null),
  /** What llama.cpp's `--fit` would choose for the same request, where it was worked out. */
  fit: fitSchema.nullable().default(null),
});

export type KvType = (typeof kvTypes)[number];
export type PlanRequest = z.infer<typeof planRequestSchema>;
export type MemoryRow = z.infer<typeof memoryRowSchema>;
export type Verdict = (typeof verdicts)[number];
export type Reason = z.infer<typeof reasonSchema>;
export type Remedy = z.infer<typeof remedySchema>;
export type Command = z.infer<typeof commandSchema>;
export type Speed = z.infer<typeof speedSchema>;
export type FirstToken = z.infer<typeof firstTokenSchema>;
export type Assumption = z.infer<typeof assumptionSchema>;
export type ExplainedFlag = z.infer<typeof flagSchema>;
export type Oracle = z.infer<typeof oracleSchema>;
export type OracleRow = z.infer<typeof oracleRowSchema>;
export type Plan = z.infer<typeof planSchema>;
