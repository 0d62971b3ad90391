import type { Model } from '../../model/schema';
import type { Bytes } from '../../units';
import { homeOfTensor } from '../layer-homes';
import { indexOf } from '../model-index';
import { allBlocks, type DrawnBlocks, drawnBlocks, type Placed, placedOf } from '../placed';
import { cellsOf, microBatchOf, type Settings } from '../settings';
import { allocate } from './allocate';
import { UnknownGraph } from './block';
import { boundCompute } from './bound';
import { drawModel } from './model-graph';
import { replay } from './replay';
import { schedule } from './schedule';
import { keepsFlashAttention } from './flash-probe';
import type { Batch } from './sketch';
import { type DrawnGraph, findTemplate } from './templates';
import { F32 } from './tensor-graph';

export interface ComputeBytes {
  /** One a device in use, the host's last. */
  readonly bytes: readonly Bytes[];
  /** Whether the graph of this architecture was followed, or an upper bound stands in for it. */
  readonly basis: 'graph' | 'bound';
  /** What of the model could not be drawn; null where all was. */
  readonly unknown: string | null;
}

/** Bytes of llama.cpp's compute buffers; null where the model does not say how wide it is. */
export function computeBytes(model: Model, settings: Settings): ComputeBytes | null {
  if (!isDrawable(model)) return null;
  const placed = placedOf(model, settings);
  const batch = batchOf(settings);
  try {
    return { bytes: followGraph(model, settings, batch, placed), basis: 'graph', unknown: null };
  } catch (error) {
    if (!(error instanceof UnknownGraph)) throw error;
    return { bytes: boundedBytes(model, settings, batch, placed), basis: 'bound', unknown: error.message };
  }
}

/** For what the parts that were not drawn do to the rest: inputs of their own, results that must wait. */
const BOUND_MARGIN = 1.05;

/** What could be drawn, and on every device all that could not; where nothing could be drawn, a bound without any drawing. */
function boundedBytes(model: Model, settings: Settings, batch: Batch, placed: Placed): readonly Bytes[] {
  try {
    const blocks = allBlocks(placed);
    const draw = drawingFor(model, settings, placed, settings.flashAttention, true);
    const drawn = draw(batch, blocks, batch.tokens < SMALL_BATCH);
    const { blocks: homes, host } = placed.homes;
    const takesOver = homes.includes(host) && settings.offloadOperations;
    const computes = (home: number): boolean => homes.includes(home) || (home === 0 && takesOver);
    // scores without flash attention do not live beside those of an indexer
    const { tokens, cells } = batch;
    const scores = settings.flashAttention
      ? 0
      : F32 * tokens * cells.perStream * (model.attention.heads ?? 0);
    const missing = Math.max(0, drawn.graph.missing - scores);
    return allocate(drawn, host + 1).map(
      (bytes, home) => BOUND_MARGIN * (bytes + (computes(home) ? missing : 0)),
    );
  } catch (error) {
    if (!(error instanceof UnknownGraph)) throw error;
    return boundCompute(model, settings, batch);
  }
}

function isDrawable(model: Model): boolean {
  return model.embedding_length !== null && model.vocabulary !== null && model.layers !== null;
}

/** Repetitions of a block that are drawn at first; more where these do not yet do the same. */
const FIRST_KEPT = 3;
const MOST_KEPT = 5;

/** A few blocks that stand for all, replayed; where their repetitions never settle, all of them. */
function followGraph(model: Model, settings: Settings, batch: Batch, placed: Placed): readonly Bytes[] {
  const flash = keepsFlash(model, settings, placed, drawnBlocks(placed, MOST_KEPT));
  const draw = drawingFor(model, settings, placed, flash);
  for (let kept = FIRST_KEPT; ; kept++) {
    const blocks = drawnBlocks(placed, kept > MOST_KEPT ? Infinity : kept);
    const found = findTemplate({ model, settings, batch, placed, blocks, flash }, draw);
    if (found !== null) return replay(found.template, found.monomials, placed.homes.host + 1, blocks.omitted);
    if (blocks.repeats.length === 0) return drawnWhole(model, settings)!;
  }
}

/** The slow way, every block drawn and nothing remembered: what all answers must be equal to. Throws UnknownGraph. */
export function drawnWhole(model: Model, settings: Settings): readonly Bytes[] | null {
  if (!isDrawable(model)) return null;
  const placed = placedOf(model, settings);
  const batch = batchOf(settings);
  const blocks = allBlocks(placed);
  const flash = keepsFlash(model, settings, placed, blocks);
  const drawn = drawingFor(model, settings, placed, flash)(batch, blocks, batch.tokens < SMALL_BATCH);
  return allocate(drawn, placed.homes.host + 1);
}

function keepsFlash(model: Model, settings: Settings, placed: Placed, blocks: DrawnBlocks): boolean {
  return keepsFlashAttention(settings, placed.homes, (batch) => {
    const wishful = { ...settings, tool: 'llama-server' } as const;
    return drawingFor(model, wishful, placed, true)(batch, blocks, batch.tokens < SMALL_BATCH).graph;
  });
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

/** Norms of smaller batches, and of all where every layer is on a device, stay with their layer (`graph_get_cb`). */
export const SMALL_BATCH = 32;

/** Draws and schedules some of a model's blocks for a batch; `small` says whether it counts as a small one. */
function drawingFor(
  model: Model,
  settings: Settings,
  placed: Placed,
  flash: boolean,
  lenient = false,
): (batch: Batch, blocks: DrawnBlocks, small: boolean) => DrawnGraph {
  const { homes } = placed;
  const index = indexOf(model);
  const machine = { host: homes.host, offload: settings.offloadOperations, pipeline: placed.pipeline };
  // The dry run forgets every wish for a backend before it measures (`ggml_backend_sched_reserve_size` resets them).
  const pinned = settings.tool !== 'llama-fit-params';
  return (batch, blocks, small) => {
    const normsPinned = pinned && (placed.full || small);
    const graph = drawModel({
      model,
      settings,
      batch,
      layers: blocks.layers,
      host: homes.host,
      homeOf: (tensor, asOutput) => homeOfTensor(tensor, index, homes, settings, asOutput),
      cacheHomeOf: (layer) => (settings.offloadCache ? (homes.blocks[layer] ?? homes.host) : homes.host),
      pinOf: normsPinned ? (layer) => homes.blocks[layer] ?? null : () => null,
      pinned,
      flash,
      lenient,
    });
    return { ...schedule(graph, machine), graph };
  };
}

/** Bytes of the buffer that logits are read from, on the host (`src/llama-context.cpp: output_reserve`). */
export function outputBytes(model: Model, settings: Settings): Bytes | null {
  if (settings.tool === 'llama-fit-params') return 0;
  return model.vocabulary === null ? null : F32 * model.vocabulary * settings.sequences;
}
