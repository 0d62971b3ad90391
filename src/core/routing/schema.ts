import { z } from 'zod';

/** Shares of the activations that a hot set is asked to cover. */
export const coverageTargets = [0.5, 0.8, 0.9, 0.95] as const;

const share = z.number().min(0).max(1);

/** The fewest experts that take a share of the activations, hottest first. */
export const coverageSchema = z.object({
  activations: share,
  experts: z.number().int().nonnegative(),
  share_of_experts: share,
});

export const layerRoutingSchema = z.object({
  layer: z.number().int().nonnegative(),
  experts: z.number().int().positive(),
  /** How often any expert of the layer was chosen; 0 where the run never came here. */
  activations: z.number().nonnegative(),
  /** Experts chosen at least once. */
  used_experts: z.number().int().nonnegative(),
  /** 1 − entropy ÷ its largest value: 0 where all are chosen alike, 1 where it is always the same. Null without activations or with one expert. */
  concentration: share.nullable(),
  coverage: z.array(coverageSchema),
  /** How often each expert was chosen, by its number. */
  counts: z.array(z.number().nonnegative()),
});

export const routingSchema = z.object({
  layers: z.array(layerRoutingSchema),
  /** Sum over the layers. */
  activations: z.number().nonnegative(),
  /** Mean of the layers' concentrations; null where none has one. */
  routing_concentration: share.nullable(),
  /** Over all experts of all layers together. */
  coverage: z.array(coverageSchema),
  /** Share of all experts that takes 80 % of the activations; null without activations. */
  routing_hot_frac_for_coverage: share.nullable(),
  /** Whether keeping the hot experts where they are read faster would help this workload; null without activations. */
  routing_cache_helps: z.boolean().nullable(),
  /** Chunks and tokens a chunk that the run read; null where the file does not say. */
  chunks: z.number().int().nonnegative().nullable(),
  chunk_tokens: z.number().int().nonnegative().nullable(),
});

/** What a receipt carries of it: everything but each expert's count. */
export const routingSummarySchema = routingSchema.extend({
  layers: z.array(layerRoutingSchema.omit({ counts: true })),
  /** Share of the activations that the hottest i ÷ 50 of all experts take, from i = 0 to 50. */
  curve: z.array(share).max(51),
});

export type RoutingSummary = z.infer<typeof routingSummarySchema>;
export type Coverage = z.infer<typeof coverageSchema>;
export type LayerRouting = z.infer<typeof layerRoutingSchema>;
export type Routing = z.infer<typeof routingSchema>;
