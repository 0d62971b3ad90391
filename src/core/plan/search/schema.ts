import { z } from 'zod';
import { objectives } from '../request-schema';

/** Families of placements, by what stays on the host. */
export const placementKinds = [
  'all-on-gpus',
  'experts-on-host',
  'layers-on-host',
  'layers-and-experts-on-host',
  'cache-on-host',
  'host-only',
  'as-asked',
] as const;

const figure = z.number().nonnegative().nullable();

/** One placement that was tried, by what it came to. Null where it is not known. */
export const triedSchema = z.object({
  /** In llama.cpp's words: `-ngl 49 -ncmoe 12 -ts 30,19`. */
  flags: z.string(),
  context: z.number().int(),
  /** Forecast with an empty context, and the ceiling that decides where no receipts speak. */
  decode_tok_s: figure,
  /** Seconds of a whole turn; null where it was not asked for, or is not known. */
  turn_seconds: figure,
  vram_bytes: figure,
  /** Bytes over the budgets; 0 where it fits. */
  short_bytes: figure,
});

export const triedKindSchema = z.object({
  kind: z.enum(placementKinds),
  /** Placements looked at: by a lower bound, and of these with every buffer. */
  bounded: z.number().int().nonnegative(),
  weighed: z.number().int().nonnegative(),
  /** Decoding were there no compute buffers: the most that the kind could come to. Null where nothing of it could be placed, or speed is unknown. */
  at_most_tok_s: figure,
  /** Of the weighed ones those that fit. */
  fitting: z.number().int().nonnegative(),
  /** The best of them that fits, else the one that comes nearest; null where none was weighed. */
  best: triedSchema.nullable(),
});

/** How a placement was chosen. */
export const searchSchema = z.object({
  objective: z.enum(objectives),
  kinds: z.array(triedKindSchema),
  /** The kind that was chosen. */
  chosen: z.enum(placementKinds),
  /** One sentence: why. */
  why: z.string(),
});

export type PlacementKind = (typeof placementKinds)[number];
export type Tried = z.infer<typeof triedSchema>;
export type TriedKind = z.infer<typeof triedKindSchema>;
export type Search = z.infer<typeof searchSchema>;
