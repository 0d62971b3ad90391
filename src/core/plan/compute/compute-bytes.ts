import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { expertPattern, indexOf } from '../model-index';
import { cellsOf, type Settings } from '../settings';
import { firstDeviceLayer } from '../weights';
import { allocate } from './allocate';
import { UnknownGraph } from './block';
import { representativeLayers } from './representative-layers';
import { drawModel } from './model-graph';
import { schedule } from './schedule';
import type { Batch } from './sketch';
import { type Backend, F32 } from './tensor-graph';

export interface ComputeBytes {
  readonly device: Bytes;
  readonly host: Bytes;
  /** Whether the graph of this architecture was followed, or an upper bound stands in for it. */
  readonly basis: 'graph' | 'bound';
}

/** Bytes of llama.cpp's compute buffers; null where the model does not say how wide it is. */
export function computeBytes(model: Model, settings: Settings): ComputeBytes | null {
  if (model.embedding_length === null || model.vocabulary === null || model.layers === null) return null;
  const batch = batchOf(settings);
  const layers = representativeLayers(model, settings);
  const key = keyOf(settings, layers);
  const known = memoOf(model);
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const result = followed(model, settings, batch, layers) ?? bound(model, settings, batch);
  known.set(key, result);
  return result;
}

/** The same question is asked for every placement of a search; the answer depends on nothing else. */
const memos = new WeakMap<Model, Map<string, ComputeBytes>>();

function memoOf(model: Model): Map<string, ComputeBytes> {
  const known = memos.get(model);
  if (known !== undefined) return known;
  const fresh = new Map<string, ComputeBytes>();
  memos.set(model, fresh);
  return fresh;
}

function keyOf(settings: Settings, layers: readonly number[]): string {
  const { device, gpuLayers, cpuMoeLayers, hostTensors, ...rest } = settings;
  const full = gpuLayers;
  return JSON.stringify([rest, device, full, cpuMoeLayers, hostTensors?.source ?? null, layers]);
}

function batchOf(settings: Settings): Batch {
  const cells = cellsOf(settings);
  const { sequences } = settings;
  const most = Math.min(cells.perStream * cells.streams, settings.microBatch);
  const tokens = Math.ceil(most / sequences) * sequences;
  const wanted = settings.tool === 'llama-server' ? Math.min(settings.batch, sequences) : most;
  return { tokens, sequences, outputs: Math.min(most, wanted), cells };
}

function followed(
  model: Model,
  settings: Settings,
  batch: Batch,
  layers: readonly number[],
): ComputeBytes | null {
  const index = indexOf(model);
  const first = firstDeviceLayer(index.layers, settings);
  const host: Backend = settings.device ? 1 : 0;
  const homeOf = (tensor: Tensor): Backend => {
    if (!settings.device || settings.hostTensors?.test(tensor.name) === true) return host;
    if (tensor.layer === null) return outsideHome(tensor, first, index.layers, host);
    const moved = tensor.layer < settings.cpuMoeLayers && expertPattern.test(tensor.name);
    return tensor.layer >= first && !moved ? 0 : host;
  };
  const full = settings.device && settings.gpuLayers > index.layers;
  try {
    const graph = drawModel({
      model,
      settings,
      batch,
      layers,
      homeOf,
      cacheHomeOf: (layer) => (settings.device && settings.offloadCache && layer >= first ? 0 : host),
      pinOf: () => (full ? 0 : null),
      deltaNet: settings.device && settings.offloadOperations && first > 0 ? 'chunked' : 'fused',
    });
    const machine = { device: settings.device, offload: settings.offloadOperations };
    const nodes = schedule(graph, machine);
    const sizes = allocate(graph.leaves, nodes, settings.device ? 2 : 1);
    return settings.device
      ? { device: sizes[0]!, host: sizes[1]!, basis: 'graph' }
      : { device: 0, host: sizes[0]!, basis: 'graph' };
  } catch (error) {
    if (error instanceof UnknownGraph) return null;
    throw error;
  }
}

export function debugNodes(model: Model, settings: Settings): any {
  const index = indexOf(model);
  const first = firstDeviceLayer(index.layers, settings);
  const host: Backend = settings.device ? 1 : 0;
  const homeOf = (tensor: Tensor): Backend => {
    if (!settings.device || settings.hostTensors?.test(tensor.name) === true) return host;
    if (tensor.layer === null) return outsideHome(tensor, first, index.layers, host);
    const moved = tensor.layer < settings.cpuMoeLayers && expertPattern.test(tensor.name);
    return tensor.layer >= first && !moved ? 0 : host;
  };
  const full = settings.device && settings.gpuLayers > index.layers;
    const graph = drawModel({
      model,
      settings,
      batch: batchOf(settings),
      layers: representativeLayers(model, settings),
      homeOf,
      cacheHomeOf: (layer) => (settings.device && settings.offloadCache && layer >= first ? 0 : host),
      pinOf: () => (full ? 0 : null),
      deltaNet: settings.device && settings.offloadOperations && first > 0 ? 'chunked' : 'fused',
    });
    const machine = { device: settings.device, offload: settings.offloadOperations };
    const nodes = schedule(graph, machine);
    return { nodes, graph };
}

function outsideHome(tensor: Tensor, first: number, layers: number, host: Backend): Backend {
  if (/^(per_layer_model_proj|per_layer_proj_norm)\./u.test(tensor.name)) return first === 0 ? 0 : host;
  if (tensor.role === 'token_embedding' || tensor.role === 'per_layer_embedding') return host;
  return first <= layers ? 0 : host;
}

/** Where the graph cannot be followed: every intermediate of the widest block at once, and the largest weight twice. */
function bound(model: Model, settings: Settings, batch: Batch): ComputeBytes {
  const index = indexOf(model);
  const width = model.embedding_length!;
  const outputs = F32 * batch.outputs * (model.vocabulary! + width);
  const mask = (settings.flashAttention ? 2 : F32) * batch.tokens * batch.cells.perStream;
  const scores = settings.flashAttention ? 0 : 2 * F32 * batch.tokens * batch.cells.perStream * (model.attention.heads ?? 1);
  const used = model.experts?.used ?? 1;
  const widest = index.tensorsByLayer.reduce((most, tensors) => {
    const all = tensors.reduce((sum, tensor) => sum + (tensor.dimensions[1] ?? 0) * (expertPattern.test(tensor.name) ? used : 1), 0);
    return Math.max(most, all);
  }, 0);
  const working = F32 * batch.tokens * (widest + 4 * width);
  const common = Math.max(outputs, working) + 2 * mask + scores;
  if (!settings.device) return { device: 0, host: common, basis: 'bound' };
  const first = firstDeviceLayer(index.layers, settings);
  const onHost = settings.offloadOperations && (first > 0 || settings.cpuMoeLayers > 0);
  const largest = model.tensors.reduce((most, tensor) => (tensor.layer === null ? most : Math.max(most, tensor.bytes)), 0);
  return { device: common + (onHost ? 2 * largest : 0), host: onHost ? common : 2 * mask + 2 * F32 * batch.tokens * width, basis: 'bound' };
}

/** Bytes of the buffer that logits are read from, on the host (`src/llama-context.cpp: output_reserve`). */
export function outputBytes(model: Model, settings: Settings): Bytes | null {
  if (settings.tool === 'llama-fit-params') return 0;
  return model.vocabulary === null ? null : F32 * model.vocabulary * settings.sequences;
}
