import type { DeviceBudget } from '../budgets';

/** Equal for cards that a plan may exchange: all that it goes by but their names and places. */
export function kindOfCard({ bytes, overhead, unified, absolute, listed, gpu }: DeviceBudget): string {
  const figures = [gpu.vram_bw_gbps, gpu.pcie_h2d_gbps, gpu['compute_fp16_tflops']];
  return [gpu.vendor, gpu.name, bytes, overhead, unified, absolute, listed === null, ...figures].join('|');
}

/** The cards of a machine by what they are equal in, in its order. */
type Kinds = ReadonlyMap<DeviceBudget, readonly DeviceBudget[]>;

const known = new WeakMap<readonly DeviceBudget[], Kinds>();

/** The same choice among `all` with the first of equal cards, in their order, in place of any others. */
export function firstOfEqual(
  all: readonly DeviceBudget[],
  chosen: readonly DeviceBudget[],
): readonly DeviceBudget[] {
  const kinds = kindsOf(all);
  const taken = new Map<readonly DeviceBudget[], number>();
  return chosen.map((device) => {
    const equals = kinds.get(device)!;
    const next = taken.get(equals) ?? 0;
    taken.set(equals, next + 1);
    return equals[next]!;
  });
}

/** A search asks this for every placement. */
function kindsOf(all: readonly DeviceBudget[]): Kinds {
  const before = known.get(all);
  if (before !== undefined) return before;
  const equals = new Map<string, DeviceBudget[]>();
  const kinds = new Map<DeviceBudget, readonly DeviceBudget[]>();
  for (const device of all) {
    const kind = kindOfCard(device);
    const own = equals.get(kind) ?? [];
    own.push(device);
    equals.set(kind, own);
    kinds.set(device, own);
  }
  known.set(all, kinds);
  return kinds;
}
