import { z } from 'zod';
import { verdicts } from '../core/plan/schema';

/** What measuring one folder's disk would do. */
export const probePlanSchema = z.object({
  directory: z.string(),
  mount: z.string().nullable(),
  fs_type: z.string().nullable(),
  /** Free space that an ordinary user may take; null where it could not be read. */
  free_bytes: z.number().nullable(),
  /** Size of the file that would be written and removed again; null where the folder is refused. */
  file_bytes: z.number().nullable(),
  refused: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ProbePlan = z.infer<typeof probePlanSchema>;

/** A measurement of this machine in the history. */
export const keptMeasurementSchema = z.object({
  /** Name to call it by, made of its date. */
  id: z.string(),
  /** ISO 8601, UTC. */
  created: z.string(),
});

/** A model file lying on this machine. */
export const foundModelSchema = z.object({
  /** What to call it: file name without suffix, or the name its program gives it. */
  name: z.string(),
  /** What the other commands take for it: its path, or `ollama:NAME`. */
  reference: z.string(),
  path: z.string(),
  bytes: z.number(),
  /** Whose folder it lies in: `llama.cpp`, `hugging-face`, `ollama`, `lm-studio` or `folder`. */
  origin: z.enum(['llama.cpp', 'hugging-face', 'ollama', 'lm-studio', 'folder']),
  /** What its header says; null where it does not, or where it cannot be read. */
  quant: z.string().nullable(),
  architecture: z.string().nullable(),
  context_trained: z.number().nullable(),
  parameters: z.number().nullable(),
  /** With the current profile and no further wishes; `unknown` where there is no profile; null where it cannot be read. */
  verdict: z.enum(verdicts).nullable(),
  /** Forecast of decode at that plan; null where there is none. */
  decode_tok_s: z.number().nullable(),
  /** Why it cannot be read; null where it can. */
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type FoundModel = z.infer<typeof foundModelSchema>;
