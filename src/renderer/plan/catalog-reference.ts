import type { CatalogEntry } from '../../core/catalog/schema';

export interface CatalogReference {
  readonly name: string;
  /** Null: the quantisation that the model is usually had in. */
  readonly quant: string | null;
}

/** `NAME` or `NAME:QUANT`, as `plan REF` takes it. */
export function joinReference({ name, quant }: CatalogReference): string {
  return quant === null ? name : `${name}:${quant}`;
}

/** The catalog's part of a reference; null where it is something else. */
export function splitReference(
  reference: string | null,
  entries: readonly CatalogEntry[],
): CatalogReference | null {
  if (reference === null) return null;
  const entry = entries.find(({ name }) => reference === name || reference.startsWith(`${name}:`));
  if (entry === undefined) return null;
  return { name: entry.name, quant: reference.slice(entry.name.length + 1) || null };
}
