import type { DeviceBudget } from '../budgets';
import { layerHomes } from '../layer-homes';
import type { PlanRequest } from '../schema';
import { settingsOf } from '../settings';
import type { Question } from '../placement';
import {
  bytesByDevice,
  fillBackwards,
  fillWithFewestMoved,
  type Layout,
  type Room,
  withoutIdle,
} from './fill';
import type { LayerSums } from './layer-sums';
import { distinct, ordersOf } from './orders';
import type { PlacementKind } from './schema';

/** Placements of one kind on devices in one order: the one that fills a given room best. */
export interface Family {
  readonly kind: PlacementKind;
  readonly devices: readonly DeviceBudget[];
  /** Null where nothing of the kind fits in the room. */
  readonly place: (room: Room) => Layout | null;
}

/** The kinds that a request leaves open, in the order in which they are wanted where they serve alike. */
export function familiesOf(question: Question, sums: LayerSums): readonly Family[] {
  const { request, budgets } = question;
  const alone = request.split_mode === 'none' ? distinct(budgets.devices.map((device) => [device])) : null;
  const orders = isFixed(request) ? [budgets.devices] : (alone ?? ordersOf(budgets.devices));
  const onDevices =
    budgets.devices.length === 0 ? [] : orders.flatMap((devices) => ofOrder(question, devices, sums));
  const mayLeaveOut = (request.gpu_layers ?? 0) === 0 && (request.devices ?? []).length === 0;
  return mayLeaveOut || onDevices.length === 0 ? [...onDevices, hostOnly(sums)] : onDevices;
}

/** What the user names in an order stays in it. */
function isFixed(request: PlanRequest): boolean {
  return (
    request.devices !== null ||
    request.tensor_split !== null ||
    request.overrides.length > 0 ||
    request.split_mode === 'row'
  );
}

function hostOnly(sums: LayerSums): Family {
  return {
    kind: 'host-only',
    devices: [],
    place: () => ({ devices: [], starts: [sums.blocks + 1], moved: 0 }),
  };
}

function ofOrder(question: Question, listed: readonly DeviceBudget[], sums: LayerSums): readonly Family[] {
  const { request } = question;
  const devices = request.split_mode === 'none' ? listed.slice(0, 1) : listed;
  const { blocks } = sums;
  const mixture = sums.mixtures.at(-1)! > 0;
  const layers = request.gpu_layers === null ? null : Math.min(request.gpu_layers, blocks + 1);
  const moved = request.cpu_moe_layers === null ? null : Math.min(request.cpu_moe_layers, blocks);
  const first = layers === null ? 0 : blocks + 1 - layers;
  const place = placerOf(question, devices, sums);
  const family = (kind: PlacementKind, make: (room: Room) => Layout | null): Family => ({
    kind,
    devices,
    place: make,
  });
  const whole = (room: Room, count: number): Layout | null => {
    const layout = place.most(room, count, first);
    return layout.starts[0] === first ? layout : null;
  };
  if (layers !== null && (!mixture || moved !== null))
    return [family('as-asked', (room) => whole(room, moved ?? 0))];
  if (layers !== null) return [family('as-asked', (room) => place.fewestMoved(room, first))];
  if (moved !== null) return [family('layers-on-host', (room) => place.most(room, moved, 0))];
  return [
    family('all-on-gpus', (room) => whole(room, 0)),
    ...(mixture ? [family('experts-on-host', (room) => place.fewestMoved(room, 0))] : []),
    family('layers-on-host', (room) => place.most(room, 0, 0)),
    ...(mixture ? [family('layers-and-experts-on-host', (room) => place.most(room, blocks, 0))] : []),
  ];
}

interface Placer {
  /** As many layers as fit with the experts of `moved` blocks on the host, none before `first`. */
  readonly most: (room: Room, moved: number, first: number) => Layout;
  readonly fewestMoved: (room: Room, first: number) => Layout | null;
}

function placerOf(question: Question, devices: readonly DeviceBudget[], sums: LayerSums): Placer {
  const { request } = question;
  const trim = isFixed(request) ? (layout: Layout): Layout => layout : withoutIdle;
  if (request.tensor_split !== null && devices.length > 1)
    return placerByShares(question, request.tensor_split, devices, sums);
  return {
    most: (room, moved, first) => trim(fillBackwards(sums, devices, room, moved, first)),
    fewestMoved: (room, first) => {
      const layout = fillWithFewestMoved(sums, devices, room, first);
      return layout === null ? null : trim(layout);
    },
  };
}

/** Where the user fixed the shares, only how many layers there are to share is open. */
function placerByShares(
  question: Question,
  shares: readonly number[],
  devices: readonly DeviceBudget[],
  sums: LayerSums,
): Placer {
  const at = (first: number, moved: number): Layout => ({
    devices,
    starts: startsByShares(question, shares, devices, sums.blocks, first),
    moved,
  });
  const fits = (layout: Layout, room: Room): boolean =>
    bytesByDevice(sums, layout).every((bytes, position) => bytes <= room[position]!);
  return {
    most: (room, moved, first) => {
      const fitsFrom = (start: number): boolean => fits(at(start, moved), room);
      return at(least(first, sums.blocks + 1, fitsFrom), moved);
    },
    fewestMoved: (room, first) => {
      const fitsWith = (moved: number): boolean => fits(at(first, moved), room);
      const layout = at(first, least(0, sums.blocks, fitsWith));
      return fits(layout, room) ? layout : null;
    },
  };
}

/** The least number for which it holds, where it holds for all above one that it holds for; `high` where for none. */
function least(low: number, high: number, holds: (value: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}

function startsByShares(
  question: Question,
  shares: readonly number[],
  devices: readonly DeviceBudget[],
  blocks: number,
  first: number,
): readonly number[] {
  const placing = {
    devices: devices.map(({ name, bytes }) => ({ name, freeBytes: bytes })),
    tensorSplit: shares,
    gpuLayers: blocks + 1 - first,
    cpuMoeLayers: 0,
  };
  const homes = layerHomes(blocks, settingsOf(question.model, question.request, placing));
  const all = [...homes.blocks, homes.output];
  const starts = devices.map((_, position) => {
    const start = all.findIndex((home) => home >= position && home < devices.length);
    return start < 0 ? blocks + 1 : start;
  });
  return [...starts, blocks + 1];
}
