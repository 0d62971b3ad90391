import { z } from 'zod';
import { calculationModes, OVERHEAD_FACTOR } from '../calc/precision';

/** The rule of thumb in its three paddings, and what the planner counts. */
export const matrixModes = [...calculationModes, 'exact'] as const;
export const matrixSorts = ['model', 'gpu', 'required', 'free'] as const;

export const matrixRequestSchema = z.object({
  context_tokens: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .default(8192),
  precision: z.string().max(64).default('fp16'),
  mode: z.enum(matrixModes).default('conservative'),
  overhead_factor: z.number().nonnegative().max(100).default(OVERHEAD_FACTOR),
  /** Left free on the card in the exact mode, as `plan` does. */
  margin_mib: z.number().nonnegative().max(1e6).default(1024),
});

export type MatrixRequest = z.infer<typeof matrixRequestSchema>;
export type MatrixMode = (typeof matrixModes)[number];
export type MatrixSort = (typeof matrixSorts)[number];
