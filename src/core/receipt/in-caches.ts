import type { Receipt } from './schema';

/**
 * Whether a model that the processor computes alone lies in its caches whole, which give more than the memory that a ceiling rests on;
 * false where that is not known.
 */
export function liesInCaches({ model, conditions }: Pick<Receipt, 'model' | 'conditions'>): boolean {
  const { cpu_cache_bytes: cached, gpu_layers: layers } = conditions;
  if (cached === null || layers !== 0 || model.file_bytes === null) return false;
  return model.file_bytes <= cached;
}
