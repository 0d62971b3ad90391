import type { Model, Tensor } from '../../model/schema';
import { homeOfTensor } from '../layer-homes';
import { indexOf } from '../model-index';
import type { Placed } from '../placed';
import type { Settings } from '../settings';
import { decode, type DrawnWeight, type FlatGraph } from './flat-graph';
import { looksOf } from './looks';
import type { Homes } from './schedule';
import type { Backend } from './tensor-graph';

/** A drawn graph with every leaf in its place. */
export interface PlacedGraph {
  readonly graph: FlatGraph;
  readonly homes: Homes;
  /** The weight that a tensor is; null for any other tensor. */
  readonly weightAt: (tensor: number) => DrawnWeight | null;
}

/** Puts the leaves of a graph where a placement has them; `layers` are the blocks that the drawn ones stand for. */
export function putInPlace(
  graph: FlatGraph,
  model: Model,
  settings: Settings,
  placed: Placed,
  layers: readonly number[],
): PlacedGraph {
  const index = indexOf(model);
  const { homes } = placed;
  const { cacheOwner } = looksOf(model);
  const actual = (weight: DrawnWeight): Tensor => {
    if (weight.position === null) return weight.tensor;
    const layer = layers[weight.position]!;
    return index.tensorsByLayer[layer]![weight.ordinal] ?? { ...weight.tensor, layer };
  };
  const tensors = graph.weights.map(actual);
  const weightHomes = tensors.map((tensor, number) =>
    homeOfTensor(tensor, index, homes, settings, graph.weights[number]!.asOutput),
  );
  const homeOfCode = (code: number): Backend => {
    const meaning = decode(code);
    if (meaning === 'host') return homes.host;
    if ('weight' in meaning) return weightHomes[meaning.weight]!;
    const layer = layers[meaning.position]!;
    if (meaning.which !== 'block' && !settings.offloadCache) return homes.host;
    return homes.blocks[meaning.which === 'shared' ? cacheOwner[layer]! : layer] ?? homes.host;
  };
  const resolve = (codes: Int32Array): Int32Array => codes.map((code) => (code < 0 ? -1 : homeOfCode(code)));
  return {
    graph: withTwins(graph, weightHomes),
    homes: { homes: resolve(graph.homes), pins: resolve(graph.pins) },
    weightAt: (tensor) => {
      const code = graph.homes[tensor]!;
      const meaning = code < 0 ? null : decode(code);
      return meaning !== null && meaning !== 'host' && 'weight' in meaning
        ? graph.weights[meaning.weight]!
        : null;
    },
  };
}

/** Weights that are read under two names, or by many blocks, are one tensor where they lie in one place. */
function withTwins(graph: FlatGraph, weightHomes: readonly Backend[]): FlatGraph {
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
