import type { Model, Tensor } from '../model/schema';
import type { Bytes } from '../units';
import {
  homeInBlock,
  homeOfTensor,
  layerHomes,
  type LayerHomes,
  overriddenHome,
  type Run,
  runsOf,
} from './layer-homes';
import { bytesOf, indexOf, type ModelIndex } from './model-index';
import { expertMoves, namedTensors } from './named-tensors';
import type { Settings } from './settings';

/**
 * Bytes of weights on each device in use and, last, on the host; without a look at any tensor but those that are moved by name.
 * Input tables stay on the host; a tied output is copied to the device that computes it.
 */
export function weightBytes(
  model: Model,
  settings: Settings,
  homes: LayerHomes = layerHomes(indexOf(model).layers, settings),
  runs: readonly Run[] = runsOf(homes),
): readonly Bytes[] {
  const index = indexOf(model);
  return settings.overrides.length > 0
    ? weightBytesByName(model, index, homes, runs, settings)
    : weightBytesByLayer(model, index, homes, runs, settings);
}

function weightBytesByLayer(
  model: Model,
  index: ModelIndex,
  homes: LayerHomes,
  runs: readonly Run[],
  settings: Settings,
): readonly Bytes[] {
  const bytes = Array.from({ length: homes.host + 1 }, () => 0);
  const { othersBefore, expertsBefore, layers } = index;
  const experts = Math.min(Math.max(settings.cpuMoeLayers, 0), layers);
  for (const { home, from, to } of runs) {
    bytes[home]! += othersBefore[to]! - othersBefore[from]! + bytesOf(index.everywhere);
    const kept = Math.min(Math.max(experts, from), to);
    bytes[home]! += expertsBefore[to]! - expertsBefore[kept]!;
    bytes[homes.host]! += expertsBefore[kept]! - expertsBefore[from]!;
  }
  bytes[homes.host]! += bytesOf(index.input);
  bytes[homes.output]! += bytesOf(index.output);
  bytes[homes.blocks[0] ?? homes.output]! += bytesOf(index.firstLayer);
  if (index.tied && (homes.output !== homes.host || readsTwice(model, settings))) {
    bytes[homes.output]! += index.outputMatrix!.bytes;
  }
  return bytes;
}

/**
 * Gemma 3n and 4 ask for the output before the embedding that it is tied to, so both exist even where both are on the host.
 * A mapped file holds them once; the dry run, which maps nothing, counts them twice.
 */
function readsTwice(model: Model, settings: Settings): boolean {
  return settings.tool === 'llama-fit-params' && /^gemma(3n|4)$/u.test(model.architecture ?? '');
}

/** As above with tensors moved by name (`-ot`): those of blocks one by one, all of them where others are moved too. */
function weightBytesByName(
  model: Model,
  index: ModelIndex,
  homes: LayerHomes,
  runs: readonly Run[],
  settings: Settings,
): readonly Bytes[] {
  const named = namedTensors(model, settings.overrides);
  if (named.outside.size > 0) return weightBytesOneByOne(model, index, homes, settings);
  const bytes = [...weightBytesByLayer(model, index, homes, runs, settings)];
  for (const { from, to, before, after } of expertMoves(named, homes, runs, settings)) {
    const own = index.expertsBefore[to]! - index.expertsBefore[from]!;
    bytes[before]! -= own;
    bytes[after]! += own;
  }
  for (const [layer, moved] of named.blocks) {
    for (const { ordinal, home } of moved) {
      const own = index.tensorsByLayer[layer]![ordinal]!.bytes;
      bytes[homeInBlock(layer, ordinal, index, homes, settings)]! -= own;
      bytes[home === 'host' ? homes.host : home]! += own;
    }
  }
  return bytes;
}

function weightBytesOneByOne(
  model: Model,
  index: ModelIndex,
  homes: LayerHomes,
  settings: Settings,
): readonly Bytes[] {
  const bytes = Array.from({ length: homes.host + 1 }, () => 0);
  const put = (tensor: Tensor): void => {
    bytes[homeOfTensor(tensor, index, homes, settings)]! += tensor.bytes;
  };
  for (const tensors of [index.input, index.output, index.firstLayer, ...index.tensorsByLayer])
    for (const tensor of tensors) put(tensor);
  if (index.tied) {
    const matrix = index.outputMatrix!;
    const asInput = homeOfTensor(matrix, index, homes, settings);
    const asOutput = homeOfTensor(matrix, index, homes, settings, true);
    if (asInput !== asOutput || (asInput === homes.host && readsTwice(model, settings)))
      bytes[asOutput]! += matrix.bytes;
  }
  for (const tensor of index.everywhere) {
    const named = overriddenHome(tensor.name, settings, homes.host);
    const places = named === null ? new Set(homes.blocks) : [named];
    for (const home of places) bytes[home]! += tensor.bytes;
  }
  return bytes;
}
