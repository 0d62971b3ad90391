import type { Model } from '../../model/schema';
import { cellsOf, type Settings } from '../settings';
import { UnknownGraph } from './drawing/block';
import { drawWithoutPlaces } from './drawing/drawn-graph';
import { type Family, familyOf } from './flat/families';
import { looksOf } from './flat/looks';
import type { Graph } from './drawing/tensor-graph';

/** How many tensors a graph has, and how many llama.cpp makes room for. */
export interface GraphSize {
  /** Results and looks at them. */
  readonly nodes: number;
  /** Weights, caches and inputs. */
  readonly leaves: number;
  /** Nodes that the graph itself may have (`src/llama-context.cpp: graph_max_nodes`). */
  readonly mostNodes: number;
  /** Places in the scheduler's table (`ggml_backend_sched_new`), one for each node and leaf. */
  readonly mostTensors: number;
}

type Shaping = Pick<
  Settings,
  | 'sequences'
  | 'unified'
  | 'keyType'
  | 'valueType'
  | 'flashAttention'
  | 'context'
  | 'batch'
  | 'microBatch'
  | 'fullWindow'
>;

/** By family: a quantisation changes no graph. */
const known = new WeakMap<Family, Map<string, GraphSize | null>>();

/** The size of a graph that computes a micro-batch. Null where it cannot be drawn, or where llama.cpp makes room by the batch. */
export function graphSize(model: Model, settings: Shaping): GraphSize | null {
  if (model.layers === null || roomByBatch.has(model.architecture ?? '')) return null;
  const { sequences, unified, keyType, valueType, flashAttention } = settings;
  const streams = sequences > 1 && !unified;
  const key = `${streams} ${keyType} ${valueType} ${flashAttention}`;
  const family = familyOf(model);
  const ofFamily = known.get(family) ?? new Map<string, GraphSize | null>();
  known.set(family, ofFamily);
  const before = ofFamily.get(key);
  if (before !== undefined) return before;
  const size = sizeOf(model, settings);
  ofFamily.set(key, size);
  return size;
}

function sizeOf(model: Model, settings: Shaping): GraphSize | null {
  const mostNodes = Math.max(LEAST_NODES, NODES_OF_A_WEIGHT * model.tensors.length);
  const mostTensors = tableSize(mostNodes);
  const every = (model.layers ?? []).map((_, layer) => layer);
  try {
    const estimate = count(model, settings, someOf(model));
    const near = estimate.nodes > NEAR * mostNodes || estimate.nodes + estimate.leaves > NEAR * mostTensors;
    return { ...(near ? count(model, settings, every) : estimate), mostNodes, mostTensors };
  } catch (error) {
    if (error instanceof UnknownGraph) return null;
    throw error;
  }
}

/** A graph that is estimated to fill more than this of its room is drawn whole. */
const NEAR = 0.8;

/** Recurrent blocks have so many looks at their state that no memory hangs on, and that a drawing leaves out. */
const LOOKS_AT_STATE = 3;

/** Nodes and leaves of all blocks, where those that are drawn stand for the others of their look. */
function count(
  model: Model,
  settings: Shaping,
  layers: readonly number[],
): Pick<GraphSize, 'nodes' | 'leaves'> {
  const graph = draw(model, settings, layers);
  const total = { nodes: graph.nodes.length, leaves: graph.leaves.length };
  for (const all of looksOf(model).byShape.filter(({ length }) => length > 0)) {
    const drawn = all.filter((layer) => layers.includes(layer));
    const from = layers.indexOf(drawn[1] ?? -1);
    const more = all.length - drawn.length;
    if (more === 0) continue;
    total.nodes += more * (graph.blocks[from + 1]!.nodes - graph.blocks[from]!.nodes);
    total.leaves += more * (graph.blocks[from + 1]!.leaves - graph.blocks[from]!.leaves);
  }
  for (const { cache, state } of model.layers!) {
    if (cache !== null) total.nodes += looksAtCache(settings);
    if (state !== null) total.nodes += LOOKS_AT_STATE;
  }
  return total;
}

/** So many blocks of each look; the second adds what all others add. */
const DRAWN = 3;

function someOf(model: Model): readonly number[] {
  const some = looksOf(model).byShape.flatMap((layers) => layers.slice(0, DRAWN));
  return some.sort((left, right) => left - right);
}

function draw(model: Model, settings: Shaping, layers: readonly number[]): Graph {
  const { sequences, flashAttention: flash } = settings;
  const batch = { tokens: sequences, sequences, outputs: 1, cells: cellsOf(settings) };
  const drawing = { model, settings: { ...drawnAs, ...settings }, layers, flash };
  return drawWithoutPlaces({ ...drawing, pinned: false, normsPinned: false }, batch).graph;
}

/** Looks that a drawing leaves out: V as single numbers where it lies transposed; rows of all sequences at once (`cpy_k`, `cpy_v`). */
function looksAtCache({ flashAttention, sequences, unified }: Shaping): number {
  const streams = sequences > 1 && !unified;
  return (flashAttention ? 0 : 1) + (streams ? (flashAttention ? 2 : 1) : 0);
}

/** What has no part in how many tensors there are. */
const drawnAs: Settings = {
  tool: 'llama-fit-params',
  context: 512,
  sequences: 1,
  unified: false,
  keyType: 'f16',
  valueType: 'f16',
  flashAttention: true,
  batch: 512,
  microBatch: 512,
  device: false,
  devices: [],
  tensorSplit: null,
  splitMode: 'layer',
  mainDevice: 0,
  gpuLayers: 0,
  cpuMoeLayers: 0,
  overrides: [],
  fullWindow: false,
  offloadCache: true,
  offloadOperations: true,
  repack: false,
};

/** Architectures whose graphs get room by the tokens of a batch, and more of it (`graph_max_nodes`). */
const roomByBatch: ReadonlySet<string> = new Set([
  'kimi-k3',
  'hrm_text',
  'qwen3next',
  'kimi-linear',
  'bailingmoe3',
  'qwen35',
  'qwen35moe',
  'qwen4exp',
  'deepseek4',
  'dflash',
  'nanbeige',
  'minimax-01',
  'minimax-m3',
  'hy_v4',
]);

/** All others (`graph_max_nodes`, without adapters and samplers). */
const LEAST_NODES = 1024;
const NODES_OF_A_WEIGHT = 8;

/** Sizes of ggml's tables: the first prime after a power of two (`ggml/src/ggml.c: ggml_hash_size`). */
const primes = [1031, 2053, 4099, 8209, 16_411, 32_771, 65_537, 131_101, 262_147, 524_309, 1_048_583];

function tableSize(least: number): number {
  return primes.find((prime) => prime >= least) ?? least;
}
