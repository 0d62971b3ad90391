import { z } from 'zod';
import { receiptIdSchema } from '../receipt/schema';

/**
 * Under which conditions a receipt was taken or a forecast is asked for. The first four are never crossed: what was learnt on
 * another machine, runtime, split or set of devices says nothing here. The others give way one after the other (`steps`).
 */
export const likenessSchema = z.object({
  /** `machineId` of the machine that runs it. */
  machine: z.string(),
  runtime: z.enum(['llama.cpp', 'llama.cpp-url', 'embedded']),
  /** `none` where only the host computes. */
  split_mode: z.string(),
  /** Devices that read something, sorted, as rows of memory name them. */
  devices: z.array(z.string()),
  threads: z.number().int().positive().nullable(),
  flash_attention: z.boolean().nullable(),
  /** `llama-server`, `llama-bench`. */
  tool: z.string(),
  /** Of the runtime, as it names itself; null for a plan, which any build may run. */
  build: z.string().nullable(),
  /** Random weights of a ballast, or real ones. */
  weights: z.enum(['real', 'ballast']),
  /** Name and quantisation of the model, without what a ballast adds. */
  model: z.string(),
});

/** What one token takes of everything that costs time: amounts by cost (`cost-names.ts`). */
export const amountsSchema = z.record(z.string().max(80), z.number().nonnegative());

/** How fast host memory was read beside a run, in bytes a second. */
const paceSchema = z.object({
  /** Before it, and so known beforehand. */
  before: z.number().positive(),
  /** On average before, within and after it. */
  meanwhile: z.number().positive(),
});

/** One start of the runtime by itself. */
const ownStartSchema = z.object({
  /** Median seconds of one token. */
  seconds: z.number().positive(),
  pace: paceSchema,
});

/** One measured speed and what it was made of. */
export const observationSchema = z.object({
  receipt: receiptIdSchema,
  phase: z.enum(['decode', 'prefill']),
  /** Tokens in the cache before it. */
  depth: z.number().int().nonnegative(),
  /** Median seconds of one token, over all starts. */
  seconds: z.number().positive(),
  likeness: likenessSchema,
  amounts: amountsSchema,
  /** Bytes a second that each device was measured at when it was taken. */
  rates: z.record(z.string(), z.number().positive()),
  /** Null where nobody looked. */
  pace: paceSchema.nullable().default(null),
  /** Each start that counts, where what memory gave beside it is known; empty where there was one, or that is not known. */
  starts: z.array(ownStartSchema).default([]),
});

/** Memory that a device took beyond what the runtime accounts for. */
export const overheadSchema = z.object({
  receipt: receiptIdSchema,
  likeness: likenessSchema,
  device: z.string(),
  bytes: z.number().nonnegative(),
});

/** What receipts taught, as plain data: `lookUp` works out from it what holds under given conditions. */
export const calibrationSchema = z.object({
  observations: z.array(observationSchema),
  overheads: z.array(overheadSchema),
  /** Receipts that are not learnt from, and why. */
  left_out: z.array(z.object({ receipt: receiptIdSchema, reason: z.string() })),
});

/**
 * How far from the conditions asked for receipts had to be sought: each step allows one thing more to differ. Further away
 * the interval is wider.
 */
export const steps = ['like', 'weights', 'build', 'tool', 'attention', 'threads'] as const;

export type Likeness = z.infer<typeof likenessSchema>;
export type Amounts = z.infer<typeof amountsSchema>;
export type Observation = z.infer<typeof observationSchema>;
export type Pace = z.infer<typeof paceSchema>;
export type OwnStart = z.infer<typeof ownStartSchema>;
export type Overhead = z.infer<typeof overheadSchema>;
export type Calibration = z.infer<typeof calibrationSchema>;
export type Step = (typeof steps)[number];

/** Three figures: the slow end of an interval, what is to be expected, the fast end. */
export interface LearntRange {
  readonly slow: number;
  readonly expected: number;
  readonly fast: number;
}

/** How forecasts from these receipts did on receipts that were left out of them. */
export interface HeldOut {
  readonly of: number;
  /** How many lay inside their band. */
  readonly inside: number;
  readonly median_abs_error_pct: number;
  readonly worst_abs_error_pct: number;
}

/** What receipts of like conditions taught about one phase. */
export interface Learnt {
  readonly step: Step;
  /** Ids of the receipts it rests on, the nearest first. */
  readonly receipts: readonly string[];
  /** Measured speeds that it rests on. */
  readonly samples: number;
  /** Null where there are too few to leave one out. */
  readonly held: HeldOut | null;
  /** The most bytes a second that host memory was read to give beside several of them; null where nobody looked. */
  readonly most_read: number | null;
  /** Seconds of one unit of a cost; null where no receipt holds any of it, and the prior must serve. */
  readonly cost: (name: string) => LearntRange | null;
}
