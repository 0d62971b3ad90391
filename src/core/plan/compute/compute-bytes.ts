import type { Model } from '../../model/schema';
import type { Bytes } from '../../units';
import { indexOf } from '../model-index';
import { allBlocks, drawnBlocks, type Placed, placedOf } from '../placed';
import { cellsOf, type Settings, type Target } from '../settings';
import { familyOf } from './flat/families';
import { UnknownGraph } from './drawing/block';
import { runsInCycles } from './drawing/cycles';
import { batchesOf, batchOf } from './drawing/batches';
import { boundCompute } from './drawing/bound';
import { keepsFlash, keepsJoined, machineOf, SMALL_BATCH, wantsFlash } from './drawing/fused-operations';
import { ALIGNMENT, unitsOf } from './allocation/free-list';
import { flatGraphAt } from './flat/flat-graphs';
import { looksOf } from './flat/looks';
import { putInPlace } from './flat/places';
import { Remembered } from './flat/remembered';
import { replay } from './allocation/replay';
import type { BlockWeights } from './allocation/walk';
import { allocate } from './allocation/allocate';
import { scriptOf } from './allocation/script';
import type { Batch } from './drawing/sheet';
import { findSequence } from './allocation/sequences';
import { findTemplate } from './allocation/templates';
import { F32 } from './drawing/tensor-graph';
import { wholeGraphAt } from './flat/whole-graphs';

export interface ComputeBytes {
  /** One a device in use, the host's last. */
  readonly bytes: readonly Bytes[];
  /** Whether the graph of this architecture was followed, or an upper bound stands in for it. */
  readonly basis: 'graph' | 'bound';
  /** What of the model could not be drawn; null where all was. */
  readonly unknown: string | null;
}

/** Bytes of llama.cpp's compute buffers; null where the model does not say how wide it is. */
export function computeBytes(
  model: Model,
  settings: Settings,
  placed: Placed | null = isDrawable(model) ? placedOf(model, settings) : null,
): ComputeBytes | null {
  if (placed === null) return null;
  const bound = bounds.get(model)?.get(boundKey(settings, placed));
  if (bound !== undefined) return bound;
  const whole = isDrawnWhole(model, settings);
  try {
    const bytes = whole ? drawnWhole(model, settings, wholeGraphAt)! : followGraphs(model, settings, placed);
    const made: ComputeBytes = { bytes, basis: 'graph', unknown: null };
    if (whole) rememberBound(model, boundKey(settings, placed), made);
    return made;
  } catch (error) {
    if (!(error instanceof UnknownGraph)) throw error;
    const bytes = boundedBytes(model, settings, batchOf(model, settings), placed);
    const made: ComputeBytes = { bytes, basis: 'bound', unknown: error.message };
    rememberBound(model, boundKey(settings, placed), made);
    return made;
  }
}

function followGraphs(model: Model, settings: Settings, placed: Placed): readonly Bytes[] {
  const batches = batchesOf(model, settings, placed);
  const first = followGraph(model, settings, batches[0]!, placed);
  if (batches.length === 1) return first;
  const others = batches.slice(1).map((batch) => followGraph(model, settings, batch, placed));
  return mostOf([first, ...others]);
}

/** The most of each device. */
function mostOf(answers: readonly (readonly Bytes[])[]): readonly Bytes[] {
  return answers.reduce((most, next) => most.map((bytes, device) => Math.max(bytes, next[device]!)));
}

/**
 * Models of which no few blocks stand for all: the ones whose blocks are run several times or read what all before them gave, and
 * sparse attention that is computed for one sequence after the other. Where an indexer may choose more cells than there are, it
 * chooses all, and sizes follow no forms.
 */
function isDrawnWhole(model: Model, settings: Settings): boolean {
  const { always, severally, chosen } = wholenessOf(model);
  if (always || (severally && settings.sequences > 1)) return true;
  return chosen !== null && chosen > cellsOf(settings).perStream;
}

interface Wholeness {
  readonly always: boolean;
  /** Where there are several sequences. */
  readonly severally: boolean;
  /** Cells that an indexer may choose; null where there is none. */
  readonly chosen: number | null;
}

const wholeness = new WeakMap<Model, Wholeness>();

function wholenessOf(model: Model): Wholeness {
  const known = wholeness.get(model);
  if (known !== undefined) return known;
  const chosen = model.metadata[`${model.architecture}.attention.indexer.top_k`];
  const severally = model.architecture === 'minimax-m3';
  const made = {
    always:
      !severally &&
      (runsInCycles(model) ||
        /^(kimi-k3|t5|t5encoder|deepseek4|graniteswitch|gemma4-assistant|dflash|qwen4exp)$/u.test(
          model.architecture ?? '',
        )),
    severally,
    chosen: !severally && typeof chosen === 'number' ? chosen : null,
  };
  wholeness.set(model, made);
  return made;
}

/** Answers kept for one model, whose graph is drawn whole for each. */
const MOST_BOUNDS = 1024;
const bounds = new WeakMap<Model, Remembered<ComputeBytes>>();

function rememberBound(model: Model, key: string, bound: ComputeBytes): void {
  const known = bounds.get(model) ?? new Remembered<ComputeBytes>(MOST_BOUNDS, () => 1);
  bounds.set(model, known);
  known.set(key, bound);
}

function boundKey(settings: Settings, placed: Placed): string {
  const { tool, context, sequences, unified, keyType, valueType, batch, microBatch, fullWindow } = settings;
  const { flashAttention, flashAttentionAuto } = settings;
  const target = settings.target === undefined ? '' : targetKey(settings.target);
  return `${target} ${tool} ${context} ${sequences} ${unified} ${keyType} ${valueType} ${batch} ${microBatch} ${fullWindow} ${flashAttention} ${flashAttentionAuto} ${placed.key}`;
}

/** What a draft model's graph follows from of the model that it drafts for. */
function targetKey({ model, settings }: Target): string {
  const { keyType, valueType, offloadCache } = settings;
  return `${familyOf(model).number} ${placedOf(model, settings).number} ${keyType} ${valueType} ${offloadCache}`;
}

/** For what the parts that were not drawn do to the rest: inputs of their own, results that must wait. */
const BOUND_MARGIN = 1.05;

/** What could be drawn, and on every device all that could not; where nothing could be drawn, a bound without any drawing. */
function boundedBytes(model: Model, settings: Settings, batch: Batch, placed: Placed): readonly Bytes[] {
  try {
    const { flashAttention: flash } = settings;
    const { bytes, missing: left } = drawWhole(model, settings, batch, placed, {
      flash,
      lenient: true,
      draw: wholeGraphAt,
    });
    const { blocks: homes, host } = placed.homes;
    const takesOver = homes.includes(host) && settings.offloadOperations;
    const computes = (home: number): boolean => homes.includes(home) || (home === 0 && takesOver);
    // scores without flash attention do not live beside those of an indexer
    const { tokens, cells } = batch;
    const scores = settings.flashAttention
      ? 0
      : F32 * tokens * cells.perStream * (model.attention.heads ?? 0);
    const missing = Math.max(0, left - scores);
    return bytes.map((drawn, home) => Math.ceil(BOUND_MARGIN * (drawn + (computes(home) ? missing : 0))));
  } catch (error) {
    if (!(error instanceof UnknownGraph)) throw error;
    return boundCompute(model, settings, batch);
  }
}

/** Whether a model says how wide it is. */
export function isDrawable(model: Model): boolean {
  return model.embedding_length !== null && model.vocabulary !== null && model.layers !== null;
}

/** Repetitions of a block that are drawn, until the second of them and the next do the same; the last: all there are. */
const KEPT = [3, 4, 5, Infinity];

/** For each architecture, with all of it on devices or not: which of these did last. A good guess for its next model. */
const lastKept = new Map<string, number>();
const MOST_GUESSES = 1000;

/** A few blocks that stand for all, replayed; where their repetitions never settle, all of them. */
function followGraph(model: Model, settings: Settings, batch: Batch, placed: Placed): readonly Bytes[] {
  const wishes = wishesOf(settings, placed, batch);
  const flash = keepsFlash(model, settings, placed);
  const machine = machineOf(settings, placed);
  const { pinned, normsPinned } = wishes;
  const known = findSequence({ model, settings, batch, placed, machine, flash, pinned, normsPinned });
  if (known !== null) {
    const { template, repeats } = known.sequence;
    return replay(template, known.monomials, machine.host + 1, repeats, weightsOf(model));
  }
  const kind = `${model.architecture} ${placed.full && settings.cpuMoeLayers === 0}`;
  const last = lastKept.get(kind) ?? 0;
  for (let effort = last; effort < KEPT.length; effort++) {
    const blocks = drawnBlocks(placed, KEPT[effort]!);
    const found = findTemplate({ model, settings, batch, placed, machine, blocks, flash, ...wishes });
    if (found === null) continue;
    if (blocks.repeats.length > 0 && effort !== last) {
      if (lastKept.size >= MOST_GUESSES) lastKept.clear();
      lastKept.set(kind, effort);
    }
    return replay(found.template, found.monomials, machine.host + 1, blocks.repeats, weightsOf(model));
  }
  return drawnWhole(model, settings, wholeGraphAt)!;
}

/** The slow way, every block drawn and, as `draw` is, nothing remembered: what all answers must be equal to. Throws UnknownGraph. */
export function drawnWhole(model: Model, settings: Settings, draw = flatGraphAt): readonly Bytes[] | null {
  if (!isDrawable(model)) return null;
  const placed = placedOf(model, settings);
  const flash = wantsFlash(model, settings, placed, allBlocks(placed).layers);
  return mostOf(
    batchesOf(model, settings, placed).map(
      (batch) => drawWhole(model, settings, batch, placed, { flash, lenient: false, draw }).bytes,
    ),
  );
}

interface WholeDrawing {
  readonly flash: boolean;
  /** Whether what cannot be drawn is left out. */
  readonly lenient: boolean;
  readonly draw: typeof flatGraphAt;
}

function drawWhole(
  model: Model,
  settings: Settings,
  batch: Batch,
  placed: Placed,
  { flash, lenient, draw }: WholeDrawing,
): { readonly bytes: readonly Bytes[]; readonly missing: Bytes } {
  const { layers } = allBlocks(placed);
  const wishes = wishesOf(settings, placed, batch);
  const joined = keepsJoined(model, settings, placed, flash, draw);
  const flat = draw({ model, settings, layers, flash, joined, lenient, ...wishes }, batch);
  const graph = putInPlace(flat, model, settings, placed, layers);
  const machine = machineOf(settings, placed);
  const script = scriptOf(graph.graph, graph.homes, machine, flat.forms.constants);
  return {
    bytes: allocate(script, machine.host + 1, (tensor) => flat.forms.constants[flat.bytes[tensor]!]!),
    missing: flat.missing,
  };
}

const weights = new WeakMap<Model, BlockWeights>();

function weightsOf(model: Model): BlockWeights {
  const known = weights.get(model);
  if (known !== undefined) return known;
  const { tensorsByLayer, outside } = indexOf(model);
  const made = {
    bytesOutside: (name: string) => outside.get(name)!.bytes,
    units: tensorsByLayer.map((tensors) =>
      Float64Array.from(tensors, ({ bytes }) => unitsOf(bytes, ALIGNMENT)),
    ),
    largest: model.tensors.reduce((most, { bytes }) => Math.max(most, bytes), 0),
    looks: looksOf(model).typed,
  };
  weights.set(model, made);
  return made;
}

interface Wishes {
  readonly pinned: boolean;
  readonly normsPinned: boolean;
}

/** The dry run forgets every wish for a backend before it measures (`ggml_backend_sched_reserve_size` resets them). */
function wishesOf(settings: Settings, placed: Placed, batch: Batch): Wishes {
  const pinned = settings.tool !== 'llama-fit-params';
  return { pinned, normsPinned: pinned && (placed.full || batch.tokens < SMALL_BATCH) };
}

/** Bytes of the buffer that logits are read from, on the host (`src/llama-context.cpp: output_reserve`). */
export function outputBytes(model: Model, settings: Settings): Bytes | null {
  if (settings.tool === 'llama-fit-params') return 0;
  return model.vocabulary === null ? null : F32 * model.vocabulary * settings.sequences;
}
