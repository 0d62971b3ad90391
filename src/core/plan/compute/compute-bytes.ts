import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { homeOfTensor, layerHomes, type LayerHomes } from '../layer-homes';
import { indexOf } from '../model-index';
import { cellsOf, devicesInUse, microBatchOf, type Settings } from '../settings';
import { allocate } from './allocate';
import { UnknownGraph } from './block';
import { boundCompute } from './bound';
import { drawModel } from './model-graph';
import { type Representatives, representativeLayers } from './representative-layers';
import { schedule } from './schedule';
import { keepsFlashAttention } from './flash-probe';
import type { Batch } from './sketch';
import { type Backend, F32, type Graph } from './tensor-graph';

export interface ComputeBytes {
  /** One a device in use, the host's last. */
  readonly bytes: readonly Bytes[];
  /** Whether the graph of this architecture was followed, or an upper bound stands in for it. */
  readonly basis: 'graph' | 'bound';
  /** What of the model could not be drawn; null where all was. */
  readonly unknown: string | null;
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
      ? allLayers(model, placing)
      : representativeLayers(model, placing.placeOf, placing.copied);
  const question = `${settingsKey(settings)} ${placing.key} ${key}`;
  const memo = memoOf(model);
  const remembered = memo.get(question);
  if (remembered !== undefined) return remembered;
  const batch = batchOf(settings);
  const result = followGraph(model, settings, batch, layers, placing);
  memo.set(question, result);
  return result;
}

/** llama.cpp's LLAMA_MAX_LAYERS: it loads no model of more. */
const MOST_LAYERS = 512;

function allLayers(model: Model, placing: Placing): Representatives {
  const { trunk } = indexOf(model);
  const layers = Array.from({ length: trunk }, (_, layer) => layer);
  return { layers, key: `all ${layers.map((layer) => placing.placeOf(layer)).join(' ')}` };
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
    settings.flashAttentionAuto,
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
  const most = Math.min(cells.perStream * cells.streams, microBatchOf(settings));
  const tokens = Math.ceil(most / sequences) * sequences;
  // The server promises to ask for no more logits than it has sequences; the other tools may ask for all.
  const wanted = settings.tool === 'llama-server' ? Math.min(settings.batch, sequences) : most;
  return { tokens, sequences, outputs: Math.min(most, wanted), cells };
}

/** Where everything lies. */
interface Placing {
  readonly homes: LayerHomes;
  readonly homeOf: (tensor: Tensor, asOutput: boolean) => Backend;
  readonly cacheHomeOf: (layer: number) => Backend;
  readonly placeOf: (layer: number) => string;
  readonly copied: (layer: number) => boolean;
  /** Whether every layer and the output are on devices. */
  readonly full: boolean;
  /** Whether the scheduler keeps four copies of the inputs, so that devices work on batches in turn. */
  readonly pipeline: boolean;
  readonly key: string;
}

function placingOf(model: Model, settings: Settings): Placing {
  const index = indexOf(model);
  const homes = layerHomes(index.layers, settings);
  const { overrides, cpuMoeLayers, offloadCache } = settings;
  const { host, blocks } = homes;
  const homeOf = (tensor: Tensor, asOutput: boolean): Backend =>
    homeOfTensor(tensor, index, homes, settings, asOutput);
  const full = settings.gpuLayers < 0 || settings.gpuLayers > index.layers;
  const pipeline =
    full &&
    devicesInUse(settings).length > 1 &&
    settings.splitMode === 'layer' &&
    offloadCache &&
    overrides.length === 0 &&
    cpuMoeLayers === 0;
  const overridden = (tensors: readonly Tensor[]): string =>
    overrides.length === 0 ? '' : tensors.map((tensor) => homeOf(tensor, false)).join('');
  const outside = [...index.input, ...index.output, ...index.firstLayer, ...index.everywhere];
  return {
    homes,
    homeOf,
    cacheHomeOf: (layer) => (offloadCache ? (blocks[layer] ?? host) : host),
    placeOf: (layer) =>
      `${blocks[layer]}${layer < cpuMoeLayers ? 'm' : ''}${overridden(index.tensorsByLayer[layer]!)}`,
    copied: (layer) => host > 0 && (blocks[layer] === host || layer < cpuMoeLayers || overrides.length > 0),
    full,
    pipeline,
    key: `${host} ${homes.output} ${blocks[0]} ${full} ${pipeline} ${overridden(outside)}`,
  };
}

function followGraph(
  model: Model,
  settings: Settings,
  batch: Batch,
  layers: readonly number[],
  placing: Placing,
): ComputeBytes {
  const { homes } = placing;
  const machine = { host: homes.host, offload: settings.offloadOperations, pipeline: placing.pipeline };
  // The dry run forgets every wish for a backend before it measures (`ggml_backend_sched_reserve_size` resets them).
  const pinned = settings.tool !== 'llama-fit-params';
  const normsPinned = pinned && (placing.full || batch.tokens < SMALL_BATCH);
  try {
    const draw = (of: Batch, wishes: boolean, normWishes: boolean, flash: boolean): Graph =>
      drawModel({
        model,
        settings,
        batch: of,
        layers,
        host: homes.host,
        homeOf: placing.homeOf,
        cacheHomeOf: placing.cacheHomeOf,
        pinOf: normWishes ? (layer) => homes.blocks[layer] ?? null : () => null,
        pinned: wishes,
        flash,
      });
    const flash = keepsFlashAttention(settings, homes, (of) => {
      const probe = draw(of, true, placing.full || of.tokens < SMALL_BATCH, true);
      schedule(probe, machine);
      return probe;
    });
    const graph = draw(batch, pinned, normsPinned, flash);
    const { leaves, nodes } = schedule(graph, machine);
    return { bytes: allocate(leaves, nodes, homes.host + 1), basis: 'graph', unknown: null };
  } catch (error) {
    if (!(error instanceof UnknownGraph)) throw error;
    return { bytes: boundCompute(model, settings, batch), basis: 'bound', unknown: error.message };
  }
}

/** Norms of smaller batches, and of all where every layer is on a device, stay with their layer (`graph_get_cb`). */
const SMALL_BATCH = 32;

/** Bytes of the buffer that logits are read from, on the host (`src/llama-context.cpp: output_reserve`). */
export function outputBytes(model: Model, settings: Settings): Bytes | null {
  if (settings.tool === 'llama-fit-params') return 0;
  return model.vocabulary === null ? null : F32 * model.vocabulary * settings.sequences;
}
