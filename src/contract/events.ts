import { z } from 'zod';

/** How far a running call is. */
export const progressSchema = z.object({
  /** The call it belongs to: the id that the caller gave. */
  task: z.string(),
  /** Stable name of the step, e.g. `memory-bandwidth`. */
  step: z.string(),
  /** What is being done, for people. */
  label: z.string(),
  /** Share of the whole call that is done, 0 to 1; null where it cannot be told. */
  fraction: z.number().min(0).max(1).nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

/** Every event a transport can carry, by name. */
export const events = {
  progress: progressSchema,
} as const;

export type EventName = keyof typeof events;
export type EventPayload<Name extends EventName> = z.infer<(typeof events)[Name]>;
