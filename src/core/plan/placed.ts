import type { Model } from '../model/schema';
import type { Bytes } from '../units';
import { blockSignatures, numbersRound, renewNumbers } from './block-signatures';
import { PLACES, type Where } from './compute/allocation/chain-seats';
import { lookalikes, type Looks, looksOf } from './compute/flat/looks';
import { findPeriods, reduce, type Repeat } from './compute/flat/periods';
import { homeOfTensor, layerHomes, type LayerHomes, type Run, runsOf } from './layer-homes';
import { indexOf, type ModelIndex } from './model-index';
import { namedTensors } from './named-tensors';
import { placementKey } from './placement-key';
import type { Settings } from './settings';

/** Where a model's tensors and caches lie for one set of arguments, and what depends on nothing else. */
export interface Placed {
  /** Equal for equal placements of one model. */
  readonly key: string;
  /** Another for each. */
  readonly number: number;
  readonly homes: LayerHomes;
  readonly runs: readonly Run[];
  /** Whether every layer and the output are on devices, as `-ngl` counts. */
  readonly full: boolean;
  /** Whether llama.cpp lets devices work on micro-batches in turn, with four copies of what they are handed. */
  readonly pipeline: boolean;
  /** What each block is and where it lies, as a number: equal numbers, equal parts of the graph. */
  readonly signatures: Int32Array;
  /** Where each block of the trunk lies; null where tensors are moved by name as no other argument moves them. */
  readonly wheres: ArrayLike<Where> | null;
  /** Where everything lies that belongs to no block, and caches, in words that are equal for equal places. */
  readonly outside: string;
  readonly looks: Looks;
  /** Blocks to draw, by how many repetitions are kept. */
  readonly drawn: Map<number, DrawnBlocks>;
  /** Bytes of weights, and those where what the dry run counts is asked for; each once it was asked for. */
  readonly weights: (readonly Bytes[] | undefined)[];
  /** Whether attention stays fused, by what else decides it. */
  readonly flash: Map<string, boolean>;
}

/** Placements of a model, by their arguments: in a number where that holds them, otherwise in words. */
const memos = new WeakMap<Model, Map<number | string, Placed>>();
/** Placements remembered for one model: more than a search asks for. */
const MOST_PLACED = 4096;
let placements = 0;

/** The placement that these settings mean; remembered, because searches and sliders come back to the same ones. */
export function placedOf(model: Model, settings: Settings): Placed {
  const memo = memoOf(model);
  const key = placementKey(model, settings);
  const known = memo.get(key);
  if (known !== undefined) return known;
  if (memo.size >= MOST_PLACED) memo.clear();
  renewNumbers();
  const made = place(model, settings, String(key));
  memo.set(key, made);
  return made;
}

function memoOf(model: Model): Map<number | string, Placed> {
  const known = memos.get(model);
  if (known !== undefined) return known;
  const fresh = new Map<number | string, Placed>();
  memos.set(model, fresh);
  return fresh;
}

function place(model: Model, settings: Settings, key: string): Placed {
  const index = indexOf(model);
  const homes = layerHomes(index.layers, settings);
  const signatures = blockSignatures(model, index, homes, settings);
  const full = settings.gpuLayers < 0 || settings.gpuLayers > index.layers;
  return {
    key,
    number: placements++,
    homes,
    runs: runsOf(homes),
    full,
    pipeline:
      full &&
      homes.host > 1 &&
      settings.splitMode === 'layer' &&
      settings.offloadCache &&
      settings.overrides.length === 0 &&
      settings.cpuMoeLayers === 0,
    signatures,
    wheres: namedTensors(model, settings.overrides).outside.size > 0 ? null : wheresOf(signatures),
    outside: outsideOf(model, index, homes, settings),
    looks: looksOf(model),
    drawn: new Map(),
    weights: [undefined, undefined],
    flash: new Map(),
  };
}

function wheresOf(signatures: Int32Array): Uint16Array | null {
  const wheres = new Uint16Array(signatures.length);
  for (let layer = 0; layer < wheres.length; layer++) {
    if (signatures[layer]! < 0) return null;
    wheres[layer] = signatures[layer]! % PLACES;
  }
  return wheres;
}

function outsideOf(model: Model, index: ModelIndex, homes: LayerHomes, settings: Settings): string {
  const places = `${homes.host} ${homes.output} ${homes.blocks[0] ?? homes.output}`;
  if (settings.overrides.length === 0) return places;
  if (namedTensors(model, settings.overrides).outside.size === 0) return `${numbersRound()} ${places}`;
  const tensors = [...index.input, ...index.output, ...index.firstLayer, ...index.everywhere];
  const named = tensors.map((tensor) => homeOfTensor(tensor, index, homes, settings));
  const tied = index.tied ? homeOfTensor(index.outputMatrix!, index, homes, settings, true) : '';
  return `${numbersRound()} ${places} ${named.join()} ${tied}`;
}

/** Blocks to draw for a placement, and where some were left out. */
export interface DrawnBlocks {
  readonly layers: readonly number[];
  readonly repeats: readonly Repeat[];
  /** Equal for placements whose drawn blocks make the same graph. */
  readonly key: string;
}

/**
 * The blocks of a placement that stand for all, `kept` repetitions of each stretch; the last block is always drawn by itself,
 * because it picks the rows with outputs. A block may stand for two.
 */
export function drawnBlocks(placed: Placed, kept: number): DrawnBlocks {
  const known = placed.drawn.get(kept);
  if (known !== undefined) return known;
  const made = reduceBlocks(placed, kept);
  placed.drawn.set(kept, made);
  return made;
}

function reduceBlocks(placed: Placed, kept: number): DrawnBlocks {
  const { signatures, outside, looks } = placed;
  const stretches = findPeriods(signatures, Math.max(0, signatures.length - 1));
  const last = signatures.length === 0 ? [] : [signatures.length - 1];
  let reduction = reduce(stretches, kept, true);
  let layers = [...reduction.kept, ...last];
  if (lookalikes(looks, layers) === null) {
    reduction = reduce(stretches, kept, false);
    layers = [...reduction.kept, ...last];
  }
  const drawn = layers.map((layer) => signatures[layer]).join(' ');
  const { repeats } = reduction;
  return {
    layers,
    repeats,
    key: `${outside} ${placed.full} ${placed.pipeline} ${drawn} ${repeats.map((each) => each.at).join()}`,
  };
}

/** Every block once, for an answer that rests on no repetition. */
export function allBlocks(placed: Placed): DrawnBlocks {
  return drawnBlocks(placed, Infinity);
}

/** Blocks among which every kind stands, by what it is and where it lies, with every neighbour it has. */
export function distinctBlocks(placed: Placed, kept: number): readonly number[] {
  return [...new Set(drawnBlocks(placed, kept).layers)];
}
