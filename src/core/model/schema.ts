import { z } from 'zod';
import { findingSchema } from '../finding';

/** What a tensor is for; decides where llama.cpp puts it. */
export const tensorRoles = [
  'token_embedding',
  'per_layer_embedding',
  'output',
  'output_norm',
  'attention',
  'recurrent',
  'feed_forward',
  'router',
  'expert',
  'shared_expert',
  'norm',
  'rope',
  'other',
] as const;

export const tensorSchema = z.object({
  name: z.string(),
  /** ggml's own type name: `f32`, `f16`, `q4_K`, `mxfp4`, … */
  type: z.string(),
  /** Innermost first, as in GGUF: `[n_embd, n_vocab]`. */
  dimensions: z.array(z.number().int().nonnegative()),
  bytes: z.number().int().nonnegative(),
  /** Block number, null for tensors outside the blocks. */
  layer: z.number().int().nonnegative().nullable(),
  role: z.enum(tensorRoles),
});

/** What one layer keeps between tokens. Both may be present (Falcon-H1), or neither. */
export const layerMemorySchema = z.object({
  /** KV cache: elements that one token adds; `window` is null for full attention. Null: no cache of its own. */
  cache: z
    .object({
      key_elements: z.number().int().nonnegative(),
      value_elements: z.number().int().nonnegative(),
      window: z.number().int().positive().nullable(),
      /** What of these belongs to a sparse attention's indexer, which keeps it apart. */
      indexer: z
        .object({
          key_elements: z.number().int().nonnegative(),
          value_elements: z.number().int().nonnegative(),
        })
        .optional(),
      /** A row more for every so many tokens, each sequence's apart: what DeepSeek V4 keeps of all of them beside its window. */
      compressed: z
        .object({
          ratio: z.number().int().positive(),
          key_elements: z.number().int().nonnegative(),
          /** Of the cache that the indexer keeps apart. */
          indexer_elements: z.number().int().nonnegative(),
        })
        .optional(),
    })
    .nullable(),
  /** Recurrent state, f32 elements a sequence: llama.cpp's n_embd_r and n_embd_s. */
  state: z
    .object({
      r_elements: z.number().int().nonnegative(),
      s_elements: z.number().int().nonnegative(),
      /** Of the convolution over n-grams (Qwen 4): llama.cpp's ple_conv_state. */
      p_elements: z.number().int().nonnegative().optional(),
    })
    .nullable(),
});

const count = z.number().int().nonnegative().nullable();

export const modelSchema = z.object({
  name: z.string(),
  /** Where the facts are from. */
  source: z.object({
    kind: z.enum(['gguf', 'safetensors', 'config', 'catalog']),
    /** Path, URL or catalog name, as a runtime could be given it. */
    locator: z.string(),
    /** Whether the tensors were read, or follow from a config and a quantisation. */
    tensors: z.enum(['read', 'derived']),
  }),
  /** llama.cpp's name of the architecture, e.g. `qwen3moe`; null where a config names none that it has. */
  architecture: z.string().nullable(),
  /** Quantisation as people write it (`Q4_K_M`), null where it is not known. */
  quant: z.string().nullable(),
  /** Size of the file or files; null where there is none yet. */
  file_bytes: count,
  parameters: z.object({ total: count, active: count }),
  block_count: count,
  embedding_length: count,
  vocabulary: count,
  context_trained: count,
  feed_forward_length: count,
  attention: z.object({
    heads: count,
    /** Largest over the layers where they differ. */
    kv_heads: count,
    key_length: count,
    value_length: count,
  }),
  /** Null for a dense model; `used` may be null where the file does not say. */
  experts: z
    .object({ count: z.number().int().positive(), used: count, shared: count, feed_forward_length: count })
    .nullable(),
  tensors: z.array(tensorSchema),
  /** One entry a block; null where this architecture's cache is not known. */
  layers: z.array(layerMemorySchema).nullable(),
  /** Scalars and short number arrays of the file's metadata, tokenizer left out. */
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.number())])),
  findings: z.array(findingSchema),
});

export type TensorRole = (typeof tensorRoles)[number];
export type Tensor = z.infer<typeof tensorSchema>;
export type LayerMemory = z.infer<typeof layerMemorySchema>;
export type Model = z.infer<typeof modelSchema>;
