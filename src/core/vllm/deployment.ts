import { z } from 'zod';
import { readStructuredText, StructuredTextError } from '../catalog/read-structured-text';
import { type Serving, servingSchema } from './artifacts/serving';
import { type VllmRequest, vllmRequestSchema } from './schema';

/** Cards at most: a hall of them is the fleet's question. */
export const MOST_CARDS = 1024;
const cardCount = z.number().int().min(1).max(MOST_CARDS).default(1);
const figure = z.number().positive().max(1e9).nullable().default(null);

/** Cards by their id in the catalog, or described. */
export const cardChoiceSchema = z.union([
  z.strictObject({ card: z.string().min(1).max(120), count: cardCount }),
  z.strictObject({
    name: z.string().min(1).max(120),
    memory_gib: z.number().positive().max(1e6),
    bandwidth_gbps: figure,
    compute_tflops: figure,
    capability: z.number().positive().max(99).nullable().default(null),
    nvlink: z.boolean().nullable().default(null),
    link_gbps: figure,
    count: cardCount,
  }),
]);
export type CardChoice = z.infer<typeof cardChoiceSchema>;

const request = vllmRequestSchema.shape;

/** A deployment as people write it down: model, hardware, workload, policy and how it is served. */
const deploymentSchema = z.strictObject({
  model: z
    .strictObject({
      reference: z.string().min(1).max(4096),
      quantization: request.quantisation,
      dtype: request.dtype,
    })
    .partial()
    .prefault({}),
  hardware: z
    .strictObject({
      gpus: z.array(cardChoiceSchema).min(1).max(64),
      tensor_parallel: request.tensor_parallel,
      pipeline_parallel: request.pipeline_parallel,
      data_parallel: request.data_parallel,
    })
    .partial()
    .prefault({}),
  workload: z
    .strictObject({
      context: request.context,
      concurrency: request.concurrency,
      prompt_tokens: request.prompt_tokens,
      output_tokens: request.output_tokens,
      shared_prefix: request.shared_prefix,
    })
    .partial()
    .prefault({}),
  policy: z
    .strictObject({
      gpu_memory_utilization: request.gpu_memory_utilization,
      headroom_gib: request.headroom_gib,
      fragmentation: request.fragmentation,
      overhead_gib: request.overhead_gib,
      kv_cache_dtype: request.kv_cache_dtype,
      max_sequences: request.max_sequences,
      max_batched_tokens: request.max_batched_tokens,
      prefix_caching: request.prefix_caching,
      enforce_eager: request.enforce_eager,
      engine: request.engine,
      activation_gib: request.activation_gib,
      non_torch_gib: request.non_torch_gib,
      allow_quantization: request.allow_quantisation,
      allow_fp8_cache: request.allow_fp8_cache,
    })
    .partial()
    .prefault({}),
  serving: servingSchema.prefault({}),
});

/** A deployment file, read. */
export interface Deployment {
  /** Null where the file names no model. */
  readonly reference: string | null;
  /** Null where it names no cards: those of this machine. */
  readonly gpus: readonly CardChoice[] | null;
  readonly request: VllmRequest;
  readonly serving: Serving;
}

/** The text is no deployment; `faults` has a sentence for each thing that is wrong. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  constructor(readonly faults: readonly string[]) {
    super(faults.join(' '));
  }
}

/** Faults that are told. */
const MOST_FAULTS = 20;

/** Reads a deployment in YAML or JSON. Throws DeploymentError. */
export function parseDeployment(text: string): Deployment {
  const value = read(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DeploymentError(['A deployment is a record of model, hardware, workload, policy and serving.']);
  }
  const parsed = deploymentSchema.safeParse(value);
  if (!parsed.success) throw new DeploymentError(faultsOf(parsed.error).slice(0, MOST_FAULTS));
  const { model, hardware, workload, policy, serving } = parsed.data;
  const { allow_quantization: allowed, ...rules } = policy;
  const { gpus, ...division } = hardware;
  return {
    reference: model.reference ?? null,
    gpus: gpus ?? null,
    serving,
    request: vllmRequestSchema.parse({
      quantisation: model.quantization,
      dtype: model.dtype,
      allow_quantisation: allowed,
      ...division,
      ...workload,
      ...rules,
    }),
  };
}

function read(text: string): unknown {
  try {
    return readStructuredText(text);
  } catch (error) {
    if (error instanceof StructuredTextError) throw new DeploymentError([error.message]);
    throw error;
  }
}

function faultsOf(error: z.ZodError): readonly string[] {
  return error.issues.flatMap((issue) => sentencesOf(issue));
}

function sentencesOf(issue: z.core.$ZodIssue): readonly string[] {
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${where === '' ? key : `${where}.${key}`} is no field of a deployment.`);
  }
  if (issue.code === 'invalid_union') {
    return [
      `${where}: a card needs its id as \`card\`, or a \`name\` and its memory above zero as \`memory_gib\`.`,
    ];
  }
  const what = issue.message.replace(/^Invalid input: /u, '').replace(/^Too /u, 'too ');
  return [`${where}: ${what}.`];
}
