/** A model as the catalog keeps it: what its publisher's config.json says of its shape, and where that was read. */
export interface CatalogRecord {
  /** What `plan NAME` takes: lower case, words joined by hyphens. */
  readonly name: string;
  readonly title: string;
  /** Year and month of its release. */
  readonly released: string;
  /** Repository on huggingface.co whose config.json this is. */
  readonly repository: string;
  /** Whether a published copy or record of that config, or a GGUF header of the model, was compared with this; false for figures that are recalled. */
  readonly verified: boolean;
  /** The fields of the config that decide sizes, by their own names. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** When the configs were compared with their copies. */
export const READ_AT = '2026-11-21';

/** `kinds` repeated until there are `layers` of them: how configs spell `layer_types`. */
export function layerPattern(layers: number, kinds: readonly string[]): readonly string[] {
  return Array.from({ length: layers }, (_, layer) => kinds[layer % kinds.length]!);
}

/** Layers that are all `rest` but for those at `places`. */
export function layersAt(
  layers: number,
  places: readonly number[],
  kind: string,
  rest: string,
): readonly string[] {
  return Array.from({ length: layers }, (_, layer) => (places.includes(layer) ? kind : rest));
}
