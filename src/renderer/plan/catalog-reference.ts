import type { CatalogEntry } from '../../core/catalog/schema';

/** What a catalog model is planned at where nobody says otherwise; the one most people download. */
export const DEFAULT_QUANT = 'Q4_K_M';

export interface CatalogReference {
  readonly name: string;
  readonly quant: string;
}

/** `NAME:QUANT`, as `plan REF` takes it. */
export function joinReference(name: string, quant: string): string {
  return `${name}:${quant}`;
}

/** The catalog's part of a reference; null where it is something else. */
export function splitReference(
  reference: string | null,
  entries: readonly CatalogEntry[],
): CatalogReference | null {
  if (reference === null) return null;
  const entry = entries.find(({ name }) => reference === name || reference.startsWith(`${name}:`));
  if (entry === undefined) return null;
  return { name: entry.name, quant: reference.slice(entry.name.length + 1) || DEFAULT_QUANT };
}

export const catalogQuants = [
  'F16',
  'BF16',
  'Q8_0',
  'Q6_K',
  'Q5_K_M',
  'Q5_K_S',
  'Q5_0',
  'Q4_K_M',
  'Q4_K_S',
  'Q4_0',
  'IQ4_XS',
  'Q3_K_L',
  'Q3_K_M',
  'Q3_K_S',
  'Q2_K',
] as const;
