import { fieldsOf } from '../model/metadata-fields';
import type { LayerMemory, Model } from '../model/schema';

/**
 * Key-value heads of each block's cache, 0 where it has none, 1 for a latent one, which is not divided among cards; null where the
 * cache of the model is not known.
 */
export function kvHeadsByLayer(model: Model): readonly number[] | null {
  if (model.layers === null || model.architecture === null) return null;
  const listed = fieldsOf(model.metadata, model.architecture).perLayer(
    'attention.head_count_kv',
    model.layers.length,
  );
  return model.layers.map(({ cache }, layer) => {
    if (cache === null) return 0;
    if (isLatent(cache)) return 1;
    return listed?.[layer] || model.attention.kv_heads || 1;
  });
}

/** Multi-head latent attention keeps one compressed vector a token, and no values. */
export function isLatent(cache: NonNullable<LayerMemory['cache']>): boolean {
  return cache.value_elements === 0;
}

/** Share of a layer's heads that one card of `tensor` keeps: heads divide, or one is repeated on several cards. */
export function shareOfHeads(heads: number, tensor: number): number {
  return Math.max(1, Math.ceil(heads / tensor)) / heads;
}
