import type { Model } from '../model/schema';
import { layersOnDevices } from './layer-homes';
import { devicesInUse, type Settings } from './settings';

/** The same for settings that place a model alike, as far as it tells: a number where that holds it, otherwise words. */
export function placementKey(model: Model, settings: Settings): number | string {
  return plainKeyOf(model, settings) ?? keyOf(model, settings);
}

/** Blocks and layers below this fit into a plain key. */
const PLAIN = 1024;

/** What `keyOf` says where no tensor is moved by name, as a number, which is sooner made and found; otherwise null. */
function plainKeyOf(model: Model, settings: Settings): number | null {
  const { gpuLayers, overrides } = settings;
  const blocks = model.block_count ?? 0;
  const moved = movedBlocks(blocks, settings);
  if (overrides.length > 0 || blocks >= PLAIN - 1) return null;
  if (!Number.isInteger(gpuLayers) || !Number.isInteger(moved) || moved < 0 || moved >= PLAIN) return null;
  const beyond = gpuLayers < 0 || gpuLayers > blocks ? 1 : 0;
  const bits = beyond + (settings.offloadCache ? 2 : 0) + (settings.offloadOperations ? 4 : 0);
  const within = (layersOnDevices(blocks, settings) * PLAIN + moved) * 8 + bits;
  return splitNumberOf(settings) * PLAIN * PLAIN * 8 + within;
}

/** Of how many blocks experts are moved, where that is any that is not on the host anyway. */
function movedBlocks(blocks: number, settings: Settings): number {
  const { cpuMoeLayers } = settings;
  const first = blocks + 1 - layersOnDevices(blocks, settings);
  return cpuMoeLayers > 0 && cpuMoeLayers <= first ? 0 : cpuMoeLayers;
}

/** Ways to split layers over devices, by their words: 0 and 1 for no device and one, of which there is one way each. */
const splits = new Map<string, number>();
const MOST_SPLITS = 4096;
let splitNumbers = 2;
/** The last one, as the same devices are mostly asked about again. */
let lastSplit: { readonly devices: unknown; readonly shares: unknown; readonly number: number } | null = null;

function splitNumberOf(settings: Settings): number {
  const { devices, tensorSplit: shares, splitMode } = settings;
  if (splitMode === 'none' || devices.length < 2) return Math.min(1, devicesInUse(settings).length);
  if (lastSplit?.devices === devices && lastSplit.shares === shares && splitMode === 'layer')
    return lastSplit.number;
  const words = splitWords(settings);
  if (splits.size >= MOST_SPLITS) splits.clear();
  const number = splits.get(words) ?? splitNumbers++;
  splits.set(words, number);
  if (splitMode === 'layer') lastSplit = { devices, shares, number };
  return number;
}

/** How layers are split over several devices. */
function splitWords(settings: Settings): string {
  const shares = settings.tensorSplit?.join() ?? '';
  const free = devicesInUse(settings).map((device) => device.freeBytes);
  return `${settings.splitMode} ${shares} ${free.join()}`;
}

/** Everything that `place` reads of the settings. */
function keyOf(model: Model, settings: Settings): string {
  const { length: count } = devicesInUse(settings);
  const layers = layersOnDevices(model.block_count ?? 0, settings);
  const flags = (settings.offloadCache ? 1 : 0) + (settings.offloadOperations ? 2 : 0);
  const beyond = settings.gpuLayers < 0 || settings.gpuLayers > (model.block_count ?? 0);
  const key = `${count} ${layers} ${settings.cpuMoeLayers} ${flags} ${beyond}`;
  if (count < 2 && settings.overrides.length === 0) return key;
  const moved = settings.overrides.map(({ pattern, home }) => `${pattern.source}=${home}`).join('\n');
  return `${key} ${splitWords(settings)}\n${moved}`;
}
