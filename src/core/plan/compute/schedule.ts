import {
  type Backend,
  copyOf,
  dependencyOn,
  type Graph,
  inputCopy,
  type Node,
  UNASSIGNED,
} from './tensor-graph';

export interface Machine {
  /** The host's number; devices are numbered before it. */
  readonly host: Backend;
  /** Whether the first device takes over large batches of host weights. */
  readonly offload: boolean;
  /** Whether inputs and what crosses devices exist four times, for batches that follow each other. */
  readonly pipeline: boolean;
}

/** Batches from here on are worth copying weights to the device for (ggml-cuda's and the patch's `min_batch_size`). */
const OFFLOAD_ROWS = 32;
/** Copies of inputs with pipeline parallelism (`GGML_SCHED_MAX_COPIES`). */
const PIPELINE_COPIES = 4;
const FIRST_DEVICE = 0;

/** A graph as the allocator sees it. */
export interface Scheduled {
  readonly leaves: readonly Node[];
  readonly nodes: readonly Node[];
  /** Positions among the graph's nodes for which the pipeline got more leaves. */
  readonly grown: readonly number[];
}

/**
 * The nodes as the allocator sees them: every node on a backend, copies inserted where a split needs a tensor of another
 * backend. Replays `ggml_backend_sched_split_graph` (ggml/src/ggml-backend.cpp), all operations taken as supported.
 */
export function schedule(graph: Graph, machine: Machine): Scheduled {
  const { host } = machine;
  for (const leaf of graph.leaves) leaf.backend = leaf.home ?? (leaf.input ? host : UNASSIGNED);
  for (const node of graph.nodes) {
    if (node.backend === UNASSIGNED) node.backend = fromSurroundings(node, machine);
  }
  if (host > 0) spread(graph.nodes, (backend) => backend !== host);
  spread(graph.nodes, () => true);
  assignRest(graph.nodes, host);
  return split(graph, machine.pipeline);
}

/** Pass 1: where the memory it writes to lies, or the weights it reads. */
function fromSurroundings(node: Node, machine: Machine): Backend {
  if (node.root !== null && node.root.home !== null) return node.root.home;
  if (!node.followsWeights || node.kind === 'view') return UNASSIGNED;
  const weight = node.sources.find((source) => source.weight);
  if (weight === undefined) return UNASSIGNED;
  const { host, offload } = machine;
  const taken = host > 0 && offload && weight.home === host && node.rows >= OFFLOAD_ROWS;
  return taken ? FIRST_DEVICE : weight.home!;
}

/** Pass 2: neighbours without a place of their own join the one before them, then the one after. */
function spread(nodes: readonly Node[], spreads: (backend: Backend) => boolean): void {
  let current = UNASSIGNED;
  const visit = (node: Node): void => {
    if (node.kind === 'view') return;
    if (node.backend !== UNASSIGNED) current = spreads(node.backend) ? node.backend : UNASSIGNED;
    else node.backend = current;
  };
  for (const node of nodes) visit(node);
  current = UNASSIGNED;
  for (let position = nodes.length - 1; position >= 0; position--) visit(nodes[position]!);
}

/** Pass 4: views lie with what they show, leaves with who reads them first. */
function assignRest(nodes: readonly Node[], host: Backend): void {
  for (const node of nodes) {
    if (node.backend === UNASSIGNED && node.root !== null) node.backend = node.root.backend;
    for (const source of node.sources) {
      if (source.backend === UNASSIGNED) source.backend = source.root?.backend ?? node.backend;
    }
    if (node.backend === UNASSIGNED) node.backend = host;
  }
}

/** Pass 5: runs of nodes on one backend, each with copies of what it reads from another. */
function split(graph: Graph, pipeline: boolean): Scheduled {
  const { nodes } = graph;
  const planned: Node[] = [];
  const graphInputs: Node[] = [];
  const splitInputs: Node[] = [];
  const grown: number[] = [];
  let pending: Node[] = [];
  let inputs: Node[] = [];
  let current = nodes.find((node) => node.kind !== 'view')?.backend ?? 0;
  const flush = (): void => {
    for (const input of inputs) planned.push(dependencyOn(input), input.copies![current]!);
    planned.push(...pending);
    pending = [];
    inputs = [];
  };
  for (const [index, node] of nodes.entries()) {
    if (node.kind !== 'view') {
      const fresh =
        inputs.length > 0 && node.sources.some((source) => source.weight && source.home !== current);
      if (node.backend !== current || fresh) {
        flush();
        current = node.backend;
      }
      for (const [position, source] of node.sources.entries()) {
        if (pipeline && source.input && !source.doubled) {
          source.doubled = true;
          source.output = true;
          graphInputs.push(source, ...doubles(source, source.backend));
          grown.push(index);
        }
        if (source.backend === current) continue;
        source.copies ??= [];
        let copy = source.copies[current];
        if (copy === undefined) {
          copy = pipeline ? inputCopy(source, current) : copyOf(source, current);
          source.copies[current] = copy;
          inputs.push(source);
          if (pipeline) {
            splitInputs.push(copy, ...doubles(source, current));
            grown.push(index);
          }
        }
        node.sources[position] = copy;
      }
    }
    pending.push(node);
  }
  flush();
  return { leaves: [...graphInputs, ...splitInputs, ...graph.leaves], nodes: planned, grown };
}

/** The copies of an input that other batches in the pipeline use. */
function doubles(source: Node, backend: Backend): readonly Node[] {
  return Array.from({ length: PIPELINE_COPIES - 1 }, () => inputCopy(source, backend));
}
