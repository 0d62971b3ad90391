import type { DeviceBudget } from '../budgets';
import { fromGbps } from '../../units';
import { kindOfCard } from './equal-cards';

/** Up to so many devices every order is tried; of more, those that can matter. */
const EVERY_ORDER = 3;

/**
 * Orders of devices worth a try. Layers fill the last device first, so the first has what is left and, with experts on the
 * host, the layers without them; the output lies on the last. The order with the fastest device last comes first.
 */
export function ordersOf(devices: readonly DeviceBudget[]): readonly (readonly DeviceBudget[])[] {
  const rising = [...devices].sort((left, right) => rateOf(left) - rateOf(right));
  if (devices.length <= EVERY_ORDER) return distinct([rising, ...permutations(rising)]);
  const falling = [...rising].reverse();
  const others = (device: DeviceBudget): readonly DeviceBudget[] => rising.filter((each) => each !== device);
  return distinct([
    rising,
    falling,
    devices,
    ...rising.map((device) => [device].concat(others(device))),
    ...rising.map((device) => others(device).concat(device)),
  ]);
}

/** A card whose bandwidth is not known is taken for the slowest, so that a known one is filled first. */
function rateOf({ gpu }: DeviceBudget): number {
  return fromGbps(gpu.vram_bw_gbps) ?? 0;
}

function permutations(devices: readonly DeviceBudget[]): readonly (readonly DeviceBudget[])[] {
  if (devices.length <= 1) return [devices];
  return devices.flatMap((last) =>
    permutations(devices.filter((each) => each !== last)).map((rest) => rest.concat(last)),
  );
}

/** Orders that differ in more than the names of equal cards; of those that do not the first. */
export function distinct(orders: readonly (readonly DeviceBudget[])[]): readonly (readonly DeviceBudget[])[] {
  const seen = new Map<string, readonly DeviceBudget[]>();
  for (const order of orders) {
    const key = order.map(kindOfCard).join();
    if (!seen.has(key)) seen.set(key, order);
  }
  return [...seen.values()];
}
