import type { Bytes } from '../../units';
import type { DeviceBudget } from '../budgets';
import { type LayerSums, stretchBytes } from './layer-sums';

/** Which layers lie on which device: device n has those from `starts[n]` to `starts[n + 1]`; what is before them is on the host. */
export interface Layout {
  readonly devices: readonly DeviceBudget[];
  readonly starts: readonly number[];
  /** Blocks whose experts stay on the host. */
  readonly moved: number;
}

/** Room for layers by device, in their order. */
export type Room = readonly Bytes[];

/**
 * Fills the devices from the end, each with as many layers as its room holds, no layer before `first`: the last devices are
 * full, the first has what is left.
 */
export function fillBackwards(
  sums: LayerSums,
  devices: readonly DeviceBudget[],
  room: Room,
  moved: number,
  first: number,
): Layout {
  const starts = [sums.blocks + 1];
  for (let position = devices.length - 1; position >= 0; position--) {
    const end = starts[0]!;
    starts.unshift(firstThatFits(sums, end, room[position]!, moved, first));
  }
  return { devices, starts, moved };
}

/** The first layer from which on all up to `end` fit in the room; bytes only grow with more layers. */
function firstThatFits(sums: LayerSums, end: number, room: Bytes, moved: number, first: number): number {
  let fits = end;
  let low = first;
  while (low < fits) {
    const middle = Math.floor((low + fits) / 2);
    if (stretchBytes(sums, middle, end, moved) <= room) fits = middle;
    else low = middle + 1;
  }
  return fits;
}

/** The layout with the fewest blocks' experts on the host that holds every layer from `first` on; null where none does. */
export function fillWithFewestMoved(
  sums: LayerSums,
  devices: readonly DeviceBudget[],
  room: Room,
  first: number,
): Layout | null {
  const holds = (moved: number): boolean =>
    fillBackwards(sums, devices, room, moved, first).starts[0] === first;
  let low = 0;
  let high = sums.blocks;
  if (!holds(high)) return null;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return fillBackwards(sums, devices, room, low, first);
}

/** Without the devices that hold nothing; where none holds anything, with the last, which then reads the prompts. */
export function withoutIdle(layout: Layout): Layout {
  const last = layout.devices.length - 1;
  const empty = layout.starts[0] === layout.starts.at(-1);
  const used = layout.devices.map((_, position) =>
    empty ? position === last : layout.starts[position]! < layout.starts[position + 1]!,
  );
  if (used.every((each) => each)) return layout;
  return {
    ...layout,
    devices: layout.devices.filter((_, position) => used[position]),
    starts: [...layout.starts.slice(0, -1).filter((_, position) => used[position]), layout.starts.at(-1)!],
  };
}

/** Bytes by device without compute buffers and what else is no tensor. */
export function bytesByDevice(sums: LayerSums, { devices, starts, moved }: Layout): readonly Bytes[] {
  return devices.map((_, position) => stretchBytes(sums, starts[position]!, starts[position + 1]!, moved));
}

/** Layers by device, the output counted as one; as shares for `-ts` they bring back the same layout (`layer-homes.ts`). */
export function countsOf({ devices, starts }: Layout): readonly number[] {
  return devices.map((_, position) => starts[position + 1]! - starts[position]!);
}
