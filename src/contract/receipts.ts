import { z } from 'zod';
import { planRequestSchema, planSchema } from '../core/plan/schema';
import { profileSchema } from '../core/profile/schema';
import { receiptHeadSchema } from '../core/receipt/receipt-head';
import { memoryComponents, receiptIdSchema, receiptSchema } from '../core/receipt/schema';

const share = z.number().min(0).max(1).nullable().default(null);

/** What a trial is told. */
export const trialInputSchema = z.object({
  /** A model whose file is on this machine; null where `plan` names it. */
  reference: z.string().min(1).max(4096).nullable().default(null),
  /** A plan that was made before, run as it is. */
  plan: planSchema.nullable().default(null),
  profile: profileSchema.nullable().default(null),
  request: planRequestSchema.prefault({}),
  /** `auto`, `llama-server`, `llama-bench`, `embedded`, the path of one of them, or the address of a llama-server that runs. */
  runtime: z.string().min(1).max(4096).default('auto'),
  /** Run a plan although its verdict is refuse; the watchdog's limits stay. */
  force: z.boolean().default(false),
  /** Run a stand-in of the model, written for it and removed again. */
  ballast: z
    .object({
      /** Measure so many layers and half of them, and scale up; null for the whole model. */
      layers: z.number().int().min(2).max(1e6).nullable().default(null),
      /** Measure the whole in turns with its parts, to see how far off what they say is. */
      whole: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  /** How often the runtime is started: starts of llama-server differ by a tenth from each other. */
  starts: z.number().int().min(1).max(20).default(1),
  repetitions: z.number().int().min(1).max(50).default(3),
  /** Tokens before the deeper measurement; null for the context of the plan, 0 for none. */
  depth: z.number().int().nonnegative().nullable().default(null),
  /** Tokens written and read each time. */
  generate: z.number().int().min(4).max(4096).default(64),
  prompt: z.number().int().min(16).max(65_536).default(512),
  /** Seconds that loading the model may take; null: by the size of its file. */
  load_seconds: z.number().positive().max(86_400).nullable().default(null),
  /** Where the watchdog ends the run; null for its own defaults. */
  limits: z
    .object({
      host_share: share,
      least_available_mib: z.number().nonnegative().nullable().default(null),
      temperature_c: z.number().positive().nullable().default(null),
    })
    .prefault({}),
});

export const trialOutputSchema = z.object({
  receipt: receiptSchema,
  /** Null where it could not be kept. */
  path: z.string().nullable(),
  /** Why it could not be kept, and what to do. */
  not_kept: z.string().nullable().default(null),
  /** Ids of the receipts of the parts that it was scaled up from. */
  parts: z.array(z.string()).default([]),
});

const residualSummary = z.object({
  component: z.enum(memoryComponents),
  compared: z.number(),
  median_abs_error_pct: z.number().nullable(),
});

/** How often and how well forecasts held, disturbed receipts left out. */
export const receiptSummarySchema = z.object({
  count: z.number(),
  disturbed: z.number(),
  compared: z.number(),
  median_abs_error_pct: z.number().nullable(),
  worst_abs_error_pct: z.number().nullable(),
  coverage: z.number().nullable(),
  memory: z.array(residualSummary),
});

export const receiptListSchema = z.object({
  receipts: z.array(receiptHeadSchema),
  /** Files among the receipts that cannot be read. */
  damaged: z.array(z.object({ id: z.string(), message: z.string() })),
  summary: receiptSummarySchema,
});

export const receiptIds = z.array(receiptIdSchema).max(10_000);

/** Runtimes that were found here. */
export const foundRuntimesSchema = z.object({
  runtimes: z.array(
    z.object({
      tool: z.enum(['llama-server', 'llama-bench', 'node-llama-cpp']),
      path: z.string(),
      version: z.string().nullable(),
    }),
  ),
});
