import type { Tensor } from '../model/schema';
import { type ModelIndex, expertPattern } from './model-index';
import { devicesInUse, type Settings } from './settings';

/** Where llama.cpp puts each layer: positions of devices in use; the position behind the last of them is the host. */
export interface LayerHomes {
  /** Devices in use; also the host's position. */
  readonly host: number;
  /** One a block, those for drafts included. */
  readonly blocks: readonly number[];
  readonly output: number;
  /** First block on a device; one beyond the output where no layer is on any. */
  readonly first: number;
}

/** Layers as `-ngl` counts them: the output is one more than the blocks. */
export function layersOnDevices(blocks: number, settings: Settings): number {
  if (devicesInUse(settings).length === 0) return 0;
  return settings.gpuLayers < 0 ? blocks + 1 : Math.min(settings.gpuLayers, blocks + 1);
}

/**
 * Layers fill the devices from the end, each device its share of them (`src/llama-model.cpp: load_tensors`). The shares are
 * summed in single precision as there, for where a layer falls on a border.
 */
export function layerHomes(blocks: number, settings: Settings): LayerHomes {
  if (last?.settings === settings && last.homes.blocks.length === blocks) return last.homes;
  const homes = makeHomes(blocks, settings);
  last = { settings, homes };
  return homes;
}

/** A placement is asked for its memory and for its speed, one after the other. */
let last: { readonly settings: Settings; readonly homes: LayerHomes } | null = null;

function makeHomes(blocks: number, settings: Settings): LayerHomes {
  const host = devicesInUse(settings).length;
  const count = layersOnDevices(blocks, settings);
  const first = blocks + 1 - count;
  if (host <= 1) return homesOnOne(blocks, host, first);
  const borders = splitBorders(settings);
  const homes: number[] = [];
  for (let layer = 0; layer <= blocks; layer++) {
    homes.push(layer < first ? host : deviceAt(Math.fround(Math.fround(layer - first) / count), borders));
  }
  return { host, blocks: homes.slice(0, blocks), output: homes[blocks]!, first };
}

/** The first device whose share ends behind this part of the layers; the last where none does. */
function deviceAt(part: number, borders: readonly number[]): number {
  for (let position = 0; position < borders.length; position++)
    if (part < borders[position]!) return position;
  return borders.length - 1;
}

/** With one device there is no share to work out; a search asks this for every number of layers. */
function homesOnOne(blocks: number, host: number, first: number): LayerHomes {
  const homes: number[] = [];
  for (let layer = 0; layer < blocks; layer++) homes.push(layer < first ? host : 0);
  return { host, blocks: homes, output: blocks < first ? host : 0, first };
}

/** Neighbouring blocks of one home. */
export interface Run {
  readonly home: number;
  readonly from: number;
  readonly to: number;
}

export function runsOf({ blocks }: LayerHomes): readonly Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (let to = 1; to <= blocks.length; to++) {
    if (to < blocks.length && blocks[to] === blocks[from]) continue;
    runs.push({ home: blocks[from]!, from, to });
    from = to;
  }
  return runs;
}

/** Where each device's share of the layers ends, as parts of 1. */
function splitBorders(settings: Settings): readonly number[] {
  const devices = devicesInUse(settings);
  const given = settings.tensorSplit?.slice(0, devices.length) ?? [];
  const free = devices.map((device) => device.freeBytes);
  const shares = given.some((share) => share !== 0)
    ? devices.map((_, position) => given[position] ?? 0)
    : free.every((bytes) => bytes !== null && bytes > 0)
      ? free.map((bytes) => bytes ?? 0)
      : devices.map(() => 1);
  let sum = 0;
  const sums = shares.map((share) => (sum = Math.fround(sum + Math.fround(share))));
  return sums.map((each) => Math.fround(each / sum));
}

/** The home that an override gives a tensor: the first that matches wins; null where none does. */
export function overriddenHome(name: string, settings: Settings, host: number): number | null {
  for (const { pattern, home } of settings.overrides) {
    if (pattern.test(name)) return home === 'host' ? host : home;
  }
  return null;
}

/** Where a block's tensor lies that no override moves, by its position among the block's tensors. */
export function homeInBlock(
  layer: number,
  ordinal: number,
  { experts }: ModelIndex,
  { host, blocks }: LayerHomes,
  { cpuMoeLayers }: Settings,
): number {
  return layer < cpuMoeLayers && experts[layer]![ordinal] === 1 ? host : (blocks[layer] ?? host);
}

/** Where a tensor lies. A tied output is the token embedding's second copy: `asOutput`. */
export function homeOfTensor(
  tensor: Tensor,
  index: ModelIndex,
  homes: LayerHomes,
  settings: Settings,
  asOutput = false,
): number {
  const named = overriddenHome(tensor.name, settings, homes.host);
  if (named !== null) return named;
  if (tensor.layer !== null) {
    const moved = tensor.layer < settings.cpuMoeLayers && expertPattern.test(tensor.name);
    return moved ? homes.host : (homes.blocks[tensor.layer] ?? homes.host);
  }
  if (asOutput) return homes.output;
  const place = index.places.get(tensor.name);
  if (place === 'input') return homes.host;
  return place === 'first-layer' ? (homes.blocks[0] ?? homes.output) : homes.output;
}
