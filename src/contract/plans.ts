import { z } from 'zod';
import { planRequestSchema } from '../core/plan/request-schema';
import { profileSchema } from '../core/profile/schema';
import { sweepKinds } from '../core/sweep/schema';

/** A profile to plan with: the one in the store where null. */
export const profileChoice = profileSchema.nullable().default(null);

/** What a plan is made of. */
export const planInputSchema = z.object({
  /** Null where `exact` names the model. */
  reference: z.string().min(1).max(4096).nullable().default(null),
  profile: profileChoice,
  request: planRequestSchema.prefault({}),
  /** The user's own arguments of a llama.cpp tool: just these are judged; of `request` only margins, floor and paging count. */
  exact: z
    .object({
      /** One line as a POSIX shell would split it, or the words. */
      arguments: z.union([z.string().max(131_072), z.array(z.string().max(131_072)).max(20_000)]),
      /** Null: the one whose name stands before the arguments, else llama-server. */
      tool: z.enum(['llama-server', 'llama-bench', 'llama-fit-params']).nullable().default(null),
    })
    .nullable()
    .default(null),
  /** Image projector and draft model to load beside the model: paths of GGUF files. */
  mmproj: z.string().min(1).max(4096).nullable().default(null),
  draft: z.string().min(1).max(4096).nullable().default(null),
  /** Ask llama.cpp's own dry run too: the program's path, or the one that is found. */
  oracle: z
    .object({ program: z.string().min(1).max(4096).nullable().default(null) })
    .nullable()
    .default(null),
});

/** What is planned at every value of one choice. */
export const sweepInputSchema = z.object({
  reference: z.string().min(1).max(4096),
  profile: profileChoice,
  request: planRequestSchema.prefault({}),
  kind: z.enum(sweepKinds),
  mmproj: z.string().min(1).max(4096).nullable().default(null),
  draft: z.string().min(1).max(4096).nullable().default(null),
});
