import { z } from 'zod';
import { spreadOf } from '../figure';
import type { MeasuredSpeed } from './schema';

/** What llama-bench says of one test; the fields have been there since depths came (`tools/llama-bench: test::get_fields`). */
const rowSchema = z.looseObject({
  build_commit: z.string(),
  build_number: z.number(),
  backends: z.string(),
  n_batch: z.number(),
  n_ubatch: z.number(),
  n_threads: z.number(),
  type_k: z.string(),
  type_v: z.string(),
  n_gpu_layers: z.number(),
  split_mode: z.string(),
  n_prompt: z.number().int().nonnegative(),
  n_gen: z.number().int().nonnegative(),
  n_depth: z.number().int().nonnegative(),
  samples_ts: z.array(z.number().positive()).min(1).max(10_000),
});

export interface BenchOutput {
  /** `build 1, commit de3ff81`. */
  readonly build: string;
  readonly backends: string;
  readonly splitMode: string;
  readonly threads: number;
  readonly speeds: readonly MeasuredSpeed[];
}

/** What llama-bench printed with `-o jsonl` or `-o json`; null where it is something else. */
export function parseBenchOutput(text: string): BenchOutput | null {
  const values = valuesIn(text);
  if (values === null || values.length === 0) return null;
  const rows = z.array(rowSchema).safeParse(values);
  if (!rows.success) return null;
  const first = rows.data[0]!;
  const speeds = rows.data.map(speedOf);
  if (speeds.includes(null)) return null;
  return {
    build: `build ${first.build_number}, commit ${first.build_commit}`,
    backends: first.backends,
    splitMode: first.split_mode,
    threads: first.n_threads,
    speeds: speeds as readonly MeasuredSpeed[],
  };
}

/** A test that both reads and writes (`-pg`) is neither phase. */
function speedOf({ n_prompt, n_gen, n_depth, samples_ts }: z.infer<typeof rowSchema>): MeasuredSpeed | null {
  const decode = n_gen > 0;
  const tokens = decode ? n_gen : n_prompt;
  const spread = spreadOf(samples_ts);
  if (tokens === 0 || (decode && n_prompt > 0) || spread === null) return null;
  return { phase: decode ? 'decode' : 'prefill', depth: n_depth, tokens, tok_s: spread };
}

/** More tests than any trial asks for. */
const MAX_LINES = 1000;

function valuesIn(text: string): readonly unknown[] | null {
  try {
    if (text.trimStart().startsWith('[')) return JSON.parse(text) as unknown[];
    const lines = text.split('\n', MAX_LINES).filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    return null;
  }
}
