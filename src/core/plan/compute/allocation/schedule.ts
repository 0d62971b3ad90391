import { type FlatGraph, FOLLOWS_WEIGHTS, INPUT, OPERATION, VIEW, WEIGHT } from '../flat/flat-graph';
import type { Backend } from '../drawing/tensor-graph';

export interface Machine {
  /** The host's number; devices are numbered before it. */
  readonly host: Backend;
  /** Whether the first device takes over large batches of host weights. */
  readonly offload: boolean;
  /** Whether inputs and what crosses devices exist four times, for batches that follow each other. */
  readonly pipeline: boolean;
}

/** Where a graph's leaves lie for one placement. */
export interface Homes {
  /** By tensor; -1 where a tensor lies in no buffer. */
  readonly homes: Int32Array;
  /** Backends wished for, by tensor; -1 where none is. */
  readonly pins: Int32Array;
}

/** Batches from here on are worth copying weights to the device for (ggml-cuda's and the patch's `min_batch_size`). */
export const OFFLOAD_ROWS = 32;
const FIRST_DEVICE = 0;
export const UNASSIGNED = -1;

/**
 * The backend of every tensor. Replays passes 1 to 4 of `ggml_backend_sched_split_graph` (ggml/src/ggml-backend.cpp), all operations
 * taken as supported. `rows` are the values of the graph's forms.
 */
export function assignBackends(
  graph: FlatGraph,
  places: Homes,
  machine: Machine,
  values: Float64Array,
): Int32Array {
  const { host } = machine;
  const { homes, pins } = places;
  const { leaves, nodes, flags } = graph;
  const backends = new Int32Array(flags.length).fill(UNASSIGNED);
  for (const leaf of leaves) {
    if (homes[leaf]! >= 0) backends[leaf] = homes[leaf]!;
    else if ((flags[leaf]! & INPUT) !== 0) backends[leaf] = host;
  }
  for (const node of nodes) {
    backends[node] = pins[node]! >= 0 ? pins[node]! : fromSurroundings(graph, homes, node, machine, values);
  }
  if (host > 0) spread(graph, backends, host);
  spread(graph, backends, UNASSIGNED);
  assignRest(graph, backends, host);
  return backends;
}

/** Pass 1: where the memory it writes to lies, or the weights it reads. */
function fromSurroundings(
  graph: FlatGraph,
  homes: Int32Array,
  node: number,
  machine: Machine,
  values: Float64Array,
): Backend {
  const { flags, roots, starts, sources, rows } = graph;
  const root = roots[node]!;
  if (root >= 0 && homes[root]! >= 0) return homes[root]!;
  if ((flags[node]! & (FOLLOWS_WEIGHTS | VIEW)) !== FOLLOWS_WEIGHTS) return UNASSIGNED;
  const end = starts[node + 1]!;
  for (let read = starts[node]!; read < end; read++) {
    const source = sources[read]!;
    if ((flags[source]! & WEIGHT) === 0) continue;
    const { host, offload } = machine;
    const home = homes[source]!;
    const taken = host > 0 && offload && home === host && values[rows[node]!]! >= OFFLOAD_ROWS;
    return taken ? FIRST_DEVICE : home;
  }
  return UNASSIGNED;
}

/** Pass 2: neighbours without a place of their own join the one before them, then the one after; not one on `never`. */
function spread({ nodes, flags }: FlatGraph, backends: Int32Array, never: Backend): void {
  let current = UNASSIGNED;
  const visit = (node: number): void => {
    if ((flags[node]! & OPERATION) === 0) return;
    const backend = backends[node]!;
    if (backend === UNASSIGNED) backends[node] = current;
    else current = backend === never ? UNASSIGNED : backend;
  };
  for (let position = 0; position < nodes.length; position++) visit(nodes[position]!);
  current = UNASSIGNED;
  for (let position = nodes.length - 1; position >= 0; position--) visit(nodes[position]!);
}

/** Pass 4: views lie with what they show, leaves with who reads them first. */
function assignRest(graph: FlatGraph, backends: Int32Array, host: Backend): void {
  const { nodes, roots, starts, sources } = graph;
  for (const node of nodes) {
    const root = roots[node]!;
    if (backends[node] === UNASSIGNED && root >= 0) backends[node] = backends[root]!;
    const end = starts[node + 1]!;
    for (let read = starts[node]!; read < end; read++) {
      const source = sources[read]!;
      if (backends[source] !== UNASSIGNED) continue;
      const shown = roots[source]!;
      backends[source] = shown >= 0 ? backends[shown]! : backends[node]!;
    }
    if (backends[node] === UNASSIGNED) backends[node] = host;
  }
}
