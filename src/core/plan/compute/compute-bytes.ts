import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { expertPattern, indexOf } from '../model-index';
import { cellsOf, type Settings } from '../settings';
import { firstDeviceLayer } from '../weights';
import { allocate } from './allocate';
import { UnknownGraph } from './block';
import { boundCompute } from './bound';
import { drawModel } from './model-graph';
import { type Representatives, representativeLayers } from './representative-layers';
import { schedule } from './schedule';
import type { Batch } from './sketch';
import { type Backend, F32 } from './tensor-graph';

export interface ComputeBytes {
  readonly device: Bytes;
  readonly host: Bytes;
  /** Whether the graph of this architecture was followed, or an upper bound stands in for it. */
  readonly basis: 'graph' | 'bound';
}

/** `exact` draws every block; `quick` a few that stand for all, for searches over many placements. */
export type Precision = 'exact' | 'quick';

/** Bytes of llama.cpp's compute buffers; null where the model does not say how wide it is. */
export function computeBytes(
  model: Model,
  settings: Settings,
  precision: Precision = 'exact',
): ComputeBytes | null {
  if (model.embedding_length === null || model.vocabulary === null || model.layers === null) return null;
  const placing = placingOf(model, settings);
  const { layers, key } =
    precision === 'exact' && indexOf(model).trunk <= MOST_LAYERS
      ? allLayers(model, settings)
      : representativeLayers(model, placing.placeOf, placing.copied);
  const question = `${settingsKey(settings)} ${placing.key} ${key}`;
  const memo = memoOf(model);
  const remembered = memo.get(question);
  if (remembered !== undefined) return remembered;
  const batch = batchOf(settings);
  const result = followGraph(model, settings, batch, layers, placing) ?? boundCompute(model, settings, batch);
  memo.set(question, result);
  return result;
}

/** llama.cpp's LLAMA_MAX_LAYERS: it loads no model of more. */
const MOST_LAYERS = 512;

function allLayers(model: Model, settings: Settings): Representatives {
  const { trunk } = indexOf(model);
  const key = `all ${settings.gpuLayers} ${settings.cpuMoeLayers} ${settings.hostTensors?.source ?? ''}`;
  return { layers: Array.from({ length: trunk }, (_, layer) => layer), key };
}

/** A search asks the same question for many placements; the answer depends on nothing that the question leaves out. */
const memos = new WeakMap<Model, Map<string, ComputeBytes>>();

function memoOf(model: Model): Map<string, ComputeBytes> {
  const known = memos.get(model);
  if (known !== undefined) return known;
  const fresh = new Map<string, ComputeBytes>();
  memos.set(model, fresh);
  return fresh;
}

function settingsKey(settings: Settings): string {
  const { tool, context, sequences, unified, keyType, valueType, batch, microBatch } = settings;
  const flags = [
    settings.flashAttention,
    settings.fullWindow,
    settings.offloadCache,
    settings.offloadOperations,
  ];
  return [tool, context, sequences, unified, keyType, valueType, batch, microBatch, ...flags].join(' ');
}

/** The batch that llama.cpp reserves its buffers for (`src/llama-context.cpp: sched_reserve, graph_reserve`). */
function batchOf(settings: Settings): Batch {
  const cells = cellsOf(settings);
  const { sequences } = settings;
  const most = Math.min(cells.perStream * cells.streams, settings.microBatch);
  const tokens = Math.ceil(most / sequences) * sequences;
  // The server promises to ask for no more logits than it has sequences; the other tools may ask for all.
  const wanted = settings.tool === 'llama-server' ? Math.min(settings.batch, sequences) : most;
  return { tokens, sequences, outputs: Math.min(most, wanted), cells };
}

const DEVICE: Backend = 0;

/** Where everything lies. */
interface Placing {
  readonly homeOf: (tensor: Tensor) => Backend;
  readonly cacheHomeOf: (layer: number) => Backend;
  readonly placeOf: (layer: number) => string;
  readonly copied: (layer: number) => boolean;
  /** Whether every layer and the output are on the device. */
  readonly full: boolean;
  /** Whether some layers are not. */
  readonly partial: boolean;
  readonly key: string;
}

function placingOf(model: Model, settings: Settings): Placing {
  const { layers, tensorsByLayer } = indexOf(model);
  const { device, hostTensors, cpuMoeLayers } = settings;
  const first = firstDeviceLayer(layers, settings);
  const host: Backend = device ? 1 : 0;
  const homeOf = (tensor: Tensor): Backend => {
    if (!device || hostTensors?.test(tensor.name) === true) return host;
    if (tensor.layer === null) return outsideHome(tensor, first, layers, host);
    const moved = tensor.layer < cpuMoeLayers && expertPattern.test(tensor.name);
    return tensor.layer >= first && !moved ? DEVICE : host;
  };
  const full = device && settings.gpuLayers > layers;
  const outputHome = first <= layers ? 'd' : 'h';
  return {
    homeOf,
    cacheHomeOf: (layer) => (device && settings.offloadCache && layer >= first ? DEVICE : host),
    placeOf: (layer) =>
      hostTensors === null
        ? `${layer >= first ? 'd' : 'h'}${layer < cpuMoeLayers ? 'm' : ''}`
        : tensorsByLayer[layer]!.map(homeOf).join(''),
    copied: (layer) => device && (layer < first || layer < cpuMoeLayers || hostTensors !== null),
    full,
    partial: device && first > 0,
    key: `${device} ${outputHome} ${first === 0} ${full} ${first > 0}`,
  };
}

function outsideHome(tensor: Tensor, first: number, layers: number, host: Backend): Backend {
  if (tensor.role === 'token_embedding' || tensor.role === 'per_layer_embedding') return host;
  // The loader counts these with the first block, the output's own with the layer behind the last.
  const layer = /^(per_layer_model_proj|per_layer_proj_norm)\./u.test(tensor.name) ? 0 : layers;
  return first <= layer ? DEVICE : host;
}

function followGraph(
  model: Model,
  settings: Settings,
  batch: Batch,
  layers: readonly number[],
  placing: Placing,
): ComputeBytes | null {
  try {
    const graph = drawModel({
      model,
      settings,
      batch,
      layers,
      homeOf: placing.homeOf,
      cacheHomeOf: placing.cacheHomeOf,
      pin: placing.full ? DEVICE : null,
      // With layers on the host and their operations on the device, the fused delta net is switched off.
      deltaNet: placing.partial && settings.offloadOperations ? 'chunked' : 'fused',
    });
    const machine = { device: settings.device, offload: settings.offloadOperations };
    const sizes = allocate(graph.leaves, schedule(graph, machine), settings.device ? 2 : 1);
    const [first = 0, second = 0] = sizes;
    return settings.device
      ? { device: first, host: second, basis: 'graph' }
      : { device: 0, host: first, basis: 'graph' };
  } catch (error) {
    if (error instanceof UnknownGraph) return null;
    throw error;
  }
}

/** Bytes of the buffer that logits are read from, on the host (`src/llama-context.cpp: output_reserve`). */
export function outputBytes(model: Model, settings: Settings): Bytes | null {
  if (settings.tool === 'llama-fit-params') return 0;
  return model.vocabulary === null ? null : F32 * model.vocabulary * settings.sequences;
}
