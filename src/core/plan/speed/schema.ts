import { z } from 'zod';

/**
 * Tensor types whose kernels cost alike: plain floats, 8-bit blocks, llama.cpp's first 4- and 5-bit blocks, K-quants, those
 * that look values up (IQ), 4-bit floats, and ternary or binary ones.
 */
export const quantFamilies = ['float', 'q8', 'q4', 'k', 'iq', 'fp4', 'ternary'] as const;

export const readKinds = ['weights', 'cache', 'state'] as const;

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

export type QuantFamily = (typeof quantFamilies)[number];
export type ReadKind = (typeof readKinds)[number];
export type Read = z.infer<typeof readSchema>;
export type DecodeTerms = z.infer<typeof decodeTermsSchema>;
