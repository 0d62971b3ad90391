import { catalogEntries, catalogModel } from '../../src/core/catalog/models';

/** Names of catalog models: of each architecture the one with the fewest parameters. */
export function smallestOfEach(): readonly string[] {
  const smallest = new Map<string, { name: string; total: number }>();
  for (const { name, parameters } of catalogEntries()) {
    const architecture = String(catalogModel(name, null)?.architecture);
    const total = parameters.total ?? Infinity;
    const known = smallest.get(architecture);
    if (!known || total < known.total) smallest.set(architecture, { name, total });
  }
  return [...smallest.values()].map(({ name }) => name);
}
