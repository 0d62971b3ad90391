import { z } from 'zod';

const knownBytes = z.number().int().nullable();
const speed = z.number().nonnegative().nullable();

/** One device under llama.cpp's own choice, beside the plan. */
export const fitRowSchema = z.object({
  /** As rows of memory name it. */
  device: z.string(),
  /** What it would hold, as the plan counts it; null where that is not known. */
  total_bytes: knownBytes,
  /** What the plan puts there. */
  planned_bytes: knownBytes,
  budget_bytes: knownBytes,
});

/** What `--fit` of llama.cpp would choose for the same request, judged by the same formulas. */
export const fitSchema = z.object({
  /**
   * `unchanged`: everything fits on the GPUs; `changed`: it placed layers or experts; `failed`: it gives up and starts with what
   * is set, whatever that takes; `unknown`: it cannot be told.
   */
  state: z.enum(['unchanged', 'changed', 'failed', 'unknown']),
  /** One sentence for people; llama.cpp's own words where it gives up. */
  reason: z.string().nullable(),
  /** As llama-fit-params prints them. */
  arguments: z.array(z.string()),
  gpu_layers: z.number().int().nullable(),
  /** Layers of which the experts, or more, lie elsewhere. */
  partial_layers: z.number().int().nullable(),
  rows: z.array(fitRowSchema),
  /** Devices that it fills beyond their budgets: it takes host memory for boundless. */
  over_budget: z.array(z.string()),
  /** Tokens a second of decoding, as the plan's own forecast; null where unknown. */
  decode_tok_s: speed,
  planned_decode_tok_s: speed,
  /** The context that it would take were `-c` left out; null where it was not asked for. */
  open_context: z.number().int().nullable(),
});

export type Fit = z.infer<typeof fitSchema>;
export type FitRow = z.infer<typeof fitRowSchema>;
