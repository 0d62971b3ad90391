import { z } from 'zod';
import { phases, receiptIdSchema } from '../receipt/schema';
import { steps } from './schema';

const figure = z.number().nullable();

/** A forecast made without what it is held against; null where nothing like it remained. */
const heldSchema = z
  .object({
    step: z.enum(steps),
    samples: z.number().int(),
    forecast_tok_s: z.number(),
    low_tok_s: z.number(),
    high_tok_s: z.number(),
    /** 100 · (measured − forecast) / forecast. */
    error_pct: z.number(),
    inside: z.boolean(),
  })
  .nullable();

export const scoredReceiptSchema = z.object({
  receipt: receiptIdSchema,
  phase: z.enum(phases),
  depth: z.number().int(),
  model: z.string(),
  quant: z.string().nullable(),
  tool: z.string(),
  threads: z.number().nullable(),
  devices: z.array(z.string()),
  weights: z.enum(['real', 'ballast']),
  measured_tok_s: z.number(),
  /** Its own receipt left out. */
  by_receipt: heldSchema,
  /** Every receipt of its model left out. */
  by_model: heldSchema,
  /** Its own receipt left out, and what memory gave right before unknown, as when a plan is made. */
  as_planned: heldSchema,
  /** Its own receipt left out, and what memory gave around and within it known. */
  meanwhile: heldSchema,
});

const figuresSchema = z.object({
  forecasts: z.number().int(),
  median_abs_error_pct: figure,
  worst_abs_error_pct: figure,
  /** Share inside the band, 0 to 1. */
  coverage: figure,
});

export const scoreLineSchema = z.object({
  /** `all`, or what they have in common: `quant: Q4_K_M`. */
  group: z.string(),
  by_receipt: figuresSchema,
  by_model: figuresSchema,
  as_planned: figuresSchema,
  meanwhile: figuresSchema,
});

const sizesSchema = z.object({ median_abs_error_pct: figure, worst_abs_error_pct: figure });

const measuredAgainSchema = z.object({
  speeds: z.number().int(),
  /** Each from the median of the others. */
  others: sizesSchema,
  /** The same speeds from their forecasts. */
  forecasts: sizesSchema,
});

/** How well receipts forecast each other. */
export const scoreSchema = z.object({
  receipts: z.number().int(),
  left_out: z.array(z.object({ receipt: receiptIdSchema, reason: z.string() })),
  /** Of decode. */
  all: scoreLineSchema,
  /** Of prompts; the time to a first token is that of its prompt. */
  prefill: scoreLineSchema,
  /** Of decode. */
  groups: z.array(scoreLineSchema),
  /** Decodes that were measured more than once under the same conditions. */
  again: measuredAgainSchema,
  scored: z.array(scoredReceiptSchema),
});

export type Score = z.infer<typeof scoreSchema>;
export type MeasuredAgain = z.infer<typeof measuredAgainSchema>;
export type ScoreLine = z.infer<typeof scoreLineSchema>;
export type ScoredReceipt = z.infer<typeof scoredReceiptSchema>;
