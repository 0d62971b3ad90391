import { z } from 'zod';

/** What `/completion` says of one request's speed; -1 and 0 mean that nothing of the kind was done. */
const timingsSchema = z.looseObject({
  cache_n: z.number().int().nonnegative().default(0),
  prompt_n: z.number().int(),
  prompt_per_second: z.number().nullable(),
  predicted_n: z.number().int(),
  predicted_per_second: z.number().nullable(),
});
const completionSchema = z.looseObject({ timings: timingsSchema });

/** One request as the server timed it. */
export interface Timings {
  /** Tokens of the prompt that were in the cache already. */
  readonly cached: number;
  readonly prompt: number;
  readonly promptTokS: number | null;
  readonly predicted: number;
  readonly predictedTokS: number | null;
}

/** The timings in an answer of `/completion`; null where it is something else. */
export function parseCompletion(value: unknown): Timings | null {
  const parsed = completionSchema.safeParse(value);
  if (!parsed.success) return null;
  const { timings } = parsed.data;
  return {
    cached: timings.cache_n,
    prompt: timings.prompt_n,
    promptTokS: rate(timings.prompt_per_second),
    predicted: timings.predicted_n,
    predictedTokS: rate(timings.predicted_per_second),
  };
}

function rate(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value > 0 ? value : null;
}

const propsSchema = z.looseObject({
  default_generation_settings: z.looseObject({ n_ctx: z.number().int().positive().optional() }),
  total_slots: z.number().int().positive().optional(),
  model_path: z.string().optional(),
  build_info: z.string().optional(),
});

/** What a running server says of itself; null where it does not. */
export interface ServerProperties {
  /** Tokens of one slot. */
  readonly context: number | null;
  readonly slots: number | null;
  readonly modelPath: string | null;
  readonly build: string | null;
}

/** An answer of `/props`; null where it is something else: llama-server always says its slots' settings. */
export function parseProperties(value: unknown): ServerProperties | null {
  const parsed = propsSchema.safeParse(value);
  if (!parsed.success) return null;
  const { default_generation_settings, total_slots, model_path, build_info } = parsed.data;
  return {
    context: default_generation_settings.n_ctx ?? null,
    slots: total_slots ?? null,
    modelPath: model_path ?? null,
    build: build_info ?? null,
  };
}
