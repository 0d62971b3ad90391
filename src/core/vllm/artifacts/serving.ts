import { z } from 'zod';

/** Last release whose behaviour is described here, and whose image takes the arguments of `vllm serve`. */
export const DEFAULT_IMAGE = 'vllm/vllm-openai:v0.19.0';

/** How a deployment is served. It holds no secret: the token of the hub is only ever named. */
export const servingSchema = z.strictObject({
  /** A checkpoint to serve instead of the model's own, e.g. one in AWQ: `ORG/REPO` or a path. */
  checkpoint: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^\p{Cc}]+$/u, 'must have no control characters')
    .nullable()
    .default(null),
  image: z
    .string()
    .max(255)
    .regex(/^[a-z0-9][a-z0-9._\-/:@]*$/iu, 'must be the name of a container image')
    .default(DEFAULT_IMAGE),
  port: z.number().int().min(1).max(65_535).default(8000),
  /** Of service, container and manifest; null: from the model's name. */
  name: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/u, 'must be lower-case letters, digits and hyphens, at most 50')
    .nullable()
    .default(null),
  /** Kubernetes secret that holds the token of the hub under `token`. */
  token_secret: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$/u, 'must be the name of a secret')
    .default('hf-token'),
});
export type Serving = z.infer<typeof servingSchema>;

export const artifactKinds = ['serve', 'docker', 'compose', 'kubernetes'] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

/** A file that is made of a plan. */
export interface Artifact {
  readonly kind: ArtifactKind;
  readonly file_name: string;
  readonly text: string;
}
