import { z } from 'zod';
import { profileSchema } from '../core/profile/schema';
import { scriptShells } from '../core/export/script';
import { artifactKinds, servingSchema } from '../core/vllm/artifacts/serving';
import { cardChoiceSchema } from '../core/vllm/deployment';
import { vllmPlanSchema, vllmRequestSchema } from '../core/vllm/schema';

/** What is asked of a vLLM deployment. */
export const vllmInputSchema = z.object({
  reference: z.string().min(1).max(4096),
  /** Cards of the catalog, or described; null: those of the profile. */
  gpus: z.array(cardChoiceSchema).min(1).max(64).nullable().default(null),
  /** The one in the store where null. */
  profile: profileSchema.nullable().default(null),
  request: vllmRequestSchema.prefault({}),
  /** Settle what is recommended instead of what was asked. */
  recommend: z.boolean().default(false),
  /** Files of the user's own cards. */
  catalogs: z.array(z.string().min(1).max(4096)).max(32).default([]),
});

export const vllmGenerateInputSchema = vllmInputSchema.extend({
  serving: servingSchema.prefault({}),
  kinds: z
    .array(z.enum(artifactKinds))
    .min(1)
    .default([...artifactKinds]),
  /** Whose words scripts are quoted for. */
  shell: z.enum(scriptShells).default('posix'),
  /** Folder to write to; null: only answer with the texts. */
  out: z.string().min(1).max(4096).nullable().default(null),
  /** Replace files that are there. */
  force: z.boolean().default(false),
});

export const vllmGenerateOutputSchema = z.object({
  plan: vllmPlanSchema,
  artifacts: z.array(
    z.object({
      kind: z.enum(artifactKinds),
      file_name: z.string(),
      text: z.string(),
      /** Where it was written; null where it was not. */
      path: z.string().nullable(),
    }),
  ),
});
