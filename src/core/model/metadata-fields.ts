import type { Metadata } from './assemble-model';

/** Values of a model's own metadata keys, those that begin with its architecture. */
export interface ModelFields {
  /** A whole number of at least zero; null where the key is absent or holds something else. */
  count(key: string): number | null;
  /** One number a layer: an array of exactly that length, or one number for all. Null where absent or of another length. */
  perLayer(key: string, layers: number): readonly number[] | null;
  /** The largest of a number or an array of numbers; null where absent. */
  largest(key: string): number | null;
  /** The array as it is; null where absent or no array. */
  list(key: string): readonly number[] | null;
}

/** Reads the keys `ARCHITECTURE.…` of `metadata`. */
export function fieldsOf(metadata: Metadata, architecture: string): ModelFields {
  const valueOf = (key: string): Metadata[string] | undefined => {
    const name = `${architecture}.${key}`;
    return Object.hasOwn(metadata, name) ? metadata[name] : undefined;
  };
  const list = (key: string): readonly number[] | null => {
    const value = valueOf(key);
    return Array.isArray(value) && value.every(isCount) ? value : null;
  };
  const count = (key: string): number | null => {
    const value = valueOf(key);
    if (typeof value === 'boolean') return value ? 1 : 0;
    return isCount(value) ? value : null;
  };
  return {
    count,
    list,
    perLayer(key, layers) {
      const values = list(key);
      if (values !== null) return values.length === layers ? values : null;
      const value = count(key);
      return value === null ? null : Array.from({ length: layers }, () => value);
    },
    largest(key) {
      const values = list(key);
      if (values === null) return count(key);
      return values.reduce((largest, value) => Math.max(largest, value), 0);
    },
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
