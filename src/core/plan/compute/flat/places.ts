import type { Model } from '../../../model/schema';
import { homeOfTensor, type LayerHomes } from '../../layer-homes';
import { indexOf } from '../../model-index';
import type { Placed } from '../../placed';
import type { Settings } from '../../settings';
import {
  CODES_A_BLOCK,
  FIRST_FIXED,
  FIRST_WEIGHT,
  type FlatGraph,
  HOST_CODE,
  ownCode,
  sharedCode,
} from './flat-graph';
import { looksOf } from './looks';
import type { Homes } from '../allocation/schedule';
import type { Backend } from '../drawing/tensor-graph';

/** A drawn graph with every leaf in its place. */
export interface PlacedGraph {
  readonly graph: FlatGraph;
  readonly homes: Homes;
}

/** Puts the leaves of a graph where a placement has them; `layers` are the blocks that the drawn ones stand for. */
export function putInPlace(
  graph: FlatGraph,
  model: Model,
  settings: Settings,
  placed: Placed,
  layers: readonly number[],
): PlacedGraph {
  const { homes } = placed;
  const weightHomes = homesOfWeights(graph, model, settings, homes, layers);
  const blockHomes = homesOfBlocks(model, settings, homes, layers);
  const resolve = (codes: Int32Array): Int32Array => {
    const resolved = new Int32Array(codes.length);
    for (let tensor = 0; tensor < codes.length; tensor++) {
      const code = codes[tensor]!;
      resolved[tensor] =
        code < 0
          ? -1
          : code < FIRST_FIXED
            ? blockHomes[code]!
            : code < FIRST_WEIGHT
              ? code - FIRST_FIXED
              : weightHomes[code - FIRST_WEIGHT]!;
    }
    return resolved;
  };
  return {
    graph: withTwins(graph, weightHomes),
    homes: { homes: resolve(graph.homes), pins: resolve(graph.pins) },
  };
}

function homesOfWeights(
  { weights }: FlatGraph,
  model: Model,
  settings: Settings,
  homes: LayerHomes,
  layers: readonly number[],
): Int32Array {
  const index = indexOf(model);
  const named = settings.overrides.length > 0;
  const found = new Int32Array(weights.length);
  for (let number = 0; number < weights.length; number++) {
    const { tensor, position, ordinal, asOutput } = weights[number]!;
    const layer = position === null ? null : layers[position]!;
    if (layer !== null && ordinal >= 0 && !named) {
      const moved = layer < settings.cpuMoeLayers && index.experts[layer]![ordinal] === 1;
      found[number] = moved ? homes.host : (homes.blocks[layer] ?? homes.host);
      continue;
    }
    const actual = layer === null ? tensor : (index.tensorsByLayer[layer]![ordinal] ?? { ...tensor, layer });
    found[number] = homeOfTensor(actual, index, homes, settings, asOutput);
  }
  return found;
}

/** By code: the host, and for each drawn block its home, that of its cache, and that of the cache that it reads. */
function homesOfBlocks(
  model: Model,
  settings: Settings,
  { host, blocks }: LayerHomes,
  layers: readonly number[],
): Int32Array {
  const { cacheOwner } = looksOf(model);
  const found = new Int32Array(1 + CODES_A_BLOCK * layers.length);
  found[HOST_CODE] = host;
  for (const [position, layer] of layers.entries()) {
    const own = blocks[layer] ?? host;
    const read = blocks[cacheOwner[layer]!] ?? host;
    found[ownCode(position, false)] = own;
    found[ownCode(position, true)] = settings.offloadCache ? own : host;
    found[sharedCode(position)] = settings.offloadCache ? read : host;
  }
  return found;
}

/** Weights that are read under two names, or by many blocks, are one tensor where they lie in one place. */
function withTwins(graph: FlatGraph, weightHomes: Int32Array): FlatGraph {
  if (graph.twins.length === 0) return graph;
  const stands = new Map<number, number>();
  for (const twins of graph.twins) {
    const first = new Map<Backend, number>();
    for (const { weight, tensor } of twins) {
      const home = weightHomes[weight]!;
      const known = first.get(home);
      if (known === undefined) first.set(home, tensor);
      else stands.set(tensor, known);
    }
  }
  if (stands.size === 0) return graph;
  return { ...graph, sources: graph.sources.map((source) => stands.get(source) ?? source) };
}
