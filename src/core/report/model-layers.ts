import type { LayerMemory } from '../model/schema';

/** Layers that keep the same between tokens. */
export interface LayerGroup {
  readonly memory: LayerMemory;
  /** Their numbers, ascending. */
  readonly layers: readonly number[];
}

/** Layers grouped by what they keep, in order of each group's first layer. */
export function layerGroups(layers: readonly LayerMemory[]): LayerGroup[] {
  const groups = new Map<string, LayerGroup>();
  for (const [number, memory] of layers.entries()) {
    const key = JSON.stringify(memory);
    const group = groups.get(key);
    groups.set(key, { memory, layers: [...(group?.layers ?? []), number] });
  }
  return [...groups.values()];
}
