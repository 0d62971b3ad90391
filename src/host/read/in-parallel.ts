/**
 * What `run` gives for each item, in their order, with at most `most` under way at once. The first error ends it, once what is under
 * way has ended.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  run: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await run(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
