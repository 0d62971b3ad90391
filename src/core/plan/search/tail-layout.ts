import type { Bytes } from '../../units';
import type { DeviceBudget } from '../budgets';
import { type Layout, type Room, withoutIdle } from './fill';
import { type LayerSums, stretchBytes } from './layer-sums';

/** Every layer on the devices, but the experts of the last blocks: a layout, and of how many blocks. */
export interface TailLayout {
  readonly layout: Layout;
  readonly count: number;
  /** All devices that it was made of, in their order; the layout leaves out those that hold nothing. */
  readonly order: readonly DeviceBudget[];
}

/**
 * The layout that holds every layer with the fewest of the last blocks' experts on the host, the first devices filled first; null
 * where none does.
 */
export function tailLayout(sums: LayerSums, devices: readonly DeviceBudget[], room: Room): TailLayout | null {
  let low = 0;
  let high = sums.blocks;
  if (fillForwards(sums, room, high) === null) return null;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fillForwards(sums, room, middle) === null) low = middle + 1;
    else high = middle;
  }
  const starts = fillForwards(sums, room, low)!;
  return { layout: withoutIdle({ devices, starts, moved: 0 }), count: low, order: devices };
}

/** Where each device's layers start; null where the last cannot hold the rest. */
function fillForwards(sums: LayerSums, room: Room, count: number): readonly number[] | null {
  const all = sums.blocks + 1;
  const starts = [0];
  for (const bytes of room.slice(0, -1)) starts.push(lastThatFits(sums, starts.at(-1)!, bytes, count));
  return tailBytes(sums, starts.at(-1)!, all, count) <= room.at(-1)! ? [...starts, all] : null;
}

function lastThatFits(sums: LayerSums, start: number, room: Bytes, count: number): number {
  let fits = start;
  let high = sums.blocks + 1;
  while (fits < high) {
    const middle = Math.ceil((fits + high) / 2);
    if (tailBytes(sums, start, middle, count) <= room) fits = middle;
    else high = middle - 1;
  }
  return fits;
}

/** Bytes of layers `from` to `to` on one device, with the experts of the last `count` blocks elsewhere. */
function tailBytes(sums: LayerSums, from: number, to: number, count: number): Bytes {
  const last = Math.min(to, sums.blocks);
  const first = Math.min(Math.max(from, sums.blocks - count), last);
  return stretchBytes(sums, from, to, 0) - (sums.experts[last]! - sums.experts[first]!);
}
