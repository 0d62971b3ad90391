import { z } from 'zod';

/**
 * Tensor types whose kernels cost alike: plain floats, 8-bit blocks, llama.cpp's first 4- and 5-bit blocks, K-quants, those
 * that look values up (IQ), 4-bit floats, and ternary or binary ones.
 */
export const quantFamilies = ['float', 'q8', 'q4', 'k', 'iq', 'fp4', 'ternary'] as const;

const readKinds = ['weights', 'cache', 'state'] as const;

/** Bytes that one token reads of one kind, on one device. */
export const readSchema = z.object({
  /** As rows of memory name it: `gpu0`, … or `host`. */
  device: z.string(),
  kind: z.enum(readKinds),
  family: z.enum(quantFamilies),
  bytes: z.number().nonnegative(),
});

/** What the time of one decoded token is made of, apart from how fast the machine is. */
export const decodeTermsSchema = z.object({
  /** Tokens in the cache before it. */
  depth: z.number().int().nonnegative(),
  reads: z.array(readSchema),
  /** Blocks on a device whose experts, or whose cache, the host computes: each waits for it once. */
  round_trips: z.number().int().nonnegative(),
  /** Times the activations pass from one device's layers to the next one's, host included. */
  hops: z.number().int().nonnegative(),
});

/** What reading one micro-batch of a prompt takes, apart from how fast the machine is. */
export const prefillTermsSchema = z.object({
  /** Tokens of the micro-batch. */
  tokens: z.number().int().positive(),
  /** Tokens in the cache before it. */
  depth: z.number().int().nonnegative(),
  /** Multiplications and additions by the device that does them. */
  work: z.array(
    z.object({
      device: z.string(),
      /** `attention` is over the cache, `weights` everything else. */
      kind: z.enum(['weights', 'attention']),
      family: z.enum(quantFamilies),
      operations: z.number().nonnegative(),
    }),
  ),
  /** Weights, once each: of experts those that any of the tokens uses, on average. */
  reads: z.array(readSchema),
  /** Host weights that a device computes with, copied to it over PCIe. */
  copies: z.array(z.object({ device: z.string(), bytes: z.number().nonnegative() })),
});

export type QuantFamily = (typeof quantFamilies)[number];
export type ReadKind = (typeof readKinds)[number];
export type Read = z.infer<typeof readSchema>;
export type DecodeTerms = z.infer<typeof decodeTermsSchema>;
export type PrefillTerms = z.infer<typeof prefillTermsSchema>;
export type Work = PrefillTerms['work'][number];
