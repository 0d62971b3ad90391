import { z } from 'zod';

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
export type Oracle = z.infer<typeof oracleSchema>;
export type OracleRow = z.infer<typeof oracleRowSchema>;
