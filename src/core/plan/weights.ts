import type { Model, Tensor } from '../model/schema';
import type { Bytes } from '../units';
import { bytesOf, expertPattern, indexOf, type ModelIndex } from './model-index';
import type { Settings } from './settings';

export interface WeightBytes {
  readonly device: Bytes;
  readonly host: Bytes;
}

/** First block on the device: `-ngl` counts the output as one more layer and fills from the end (`src/llama-model.cpp`). */
export function firstDeviceLayer(layers: number, settings: Pick<Settings, 'device' | 'gpuLayers'>): number {
  return settings.device ? Math.max(layers + 1 - settings.gpuLayers, 0) : layers + 1;
}

/**
 * Bytes of weights on the device and on the host, in constant time for `-ngl` and `-ncmoe`.
 * Input tables stay on the host; a tied output is copied to the device that computes it.
 */
export function weightBytes(model: Model, settings: Settings): WeightBytes {
  const index = indexOf(model);
  if (settings.hostTensors !== null) return weightBytesByName(index, settings, settings.hostTensors);
  const first = Math.min(firstDeviceLayer(index.layers, settings), index.layers);
  const experts = Math.min(settings.cpuMoeLayers, index.layers);
  const outside = outsideBytes(model, index, settings);
  const all = index.othersBefore[index.layers]! + index.expertsBefore[index.layers]!;
  const expertsOnHost = index.expertsBefore[Math.max(first, experts)]!;
  const host = index.othersBefore[first]! + expertsOnHost;
  return { device: outside.device + all - host, host: outside.host + host };
}

/** What belongs to no block. */
function outsideBytes(model: Model, index: ModelIndex, settings: Settings): WeightBytes {
  const first = firstDeviceLayer(index.layers, settings);
  const outputOnDevice = first <= index.layers;
  const tiedCopy =
    index.tied && (outputOnDevice || readsTwice(model, settings)) ? index.outputMatrix!.bytes : 0;
  const output = bytesOf(index.output) + tiedCopy;
  const firstLayerOnDevice = first === 0;
  const early = bytesOf(index.firstLayer);
  const everywhere = bytesOf(index.everywhere);
  return {
    device:
      (outputOnDevice ? output : 0) +
      (firstLayerOnDevice ? early : 0) +
      (first < index.layers ? everywhere : 0),
    host:
      bytesOf(index.input) +
      (outputOnDevice ? 0 : output) +
      (firstLayerOnDevice ? 0 : early) +
      (first > 0 && index.layers > 0 ? everywhere : 0),
  };
}

/**
 * Gemma 3n and 4 ask for the output before the embedding that it is tied to, so both exist even where both are on the host.
 * A mapped file holds them once; the dry run, which maps nothing, counts them twice.
 */
function readsTwice(model: Model, settings: Settings): boolean {
  return settings.tool === 'llama-fit-params' && /^gemma(3n|4)$/u.test(model.architecture ?? '');
}

/** As above with tensors moved to the host by name (`-ot`), tensor by tensor. */
function weightBytesByName(index: ModelIndex, settings: Settings, pattern: RegExp): WeightBytes {
  const first = firstDeviceLayer(index.layers, settings);
  let device = 0;
  let host = bytesOf(index.input);
  const put = (tensor: Tensor, onDevice: boolean): void => {
    if (onDevice && !pattern.test(tensor.name)) device += tensor.bytes;
    else host += tensor.bytes;
  };
  const outputOnDevice = first <= index.layers;
  for (const tensor of index.output) put(tensor, outputOnDevice);
  if (index.tied && outputOnDevice) put(index.outputMatrix!, true);
  for (const tensor of index.firstLayer) put(tensor, first === 0);
  for (const [layer, tensors] of index.tensorsByLayer.entries()) {
    for (const tensor of tensors) {
      put(tensor, layer >= first && !(layer < settings.cpuMoeLayers && expertPattern.test(tensor.name)));
    }
  }
  if (first < index.layers) device += bytesOf(index.everywhere);
  if (first > 0) host += bytesOf(index.everywhere);
  return { device, host };
}
