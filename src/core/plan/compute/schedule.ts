import { type Backend, copyOf, dependencyOn, type Graph, type Node, UNASSIGNED } from './tensor-graph';

export interface Machine {
  /** Whether a device stands before the host. */
  readonly device: boolean;
  /** Whether the device takes over large batches of host weights. */
  readonly offload: boolean;
}

/** Batches from here on are worth copying weights to the device for (ggml-cuda's and the patch's `min_batch_size`). */
const OFFLOAD_ROWS = 32;
const DEVICE = 0;

export function hostOf(machine: Machine): Backend {
  return machine.device ? 1 : 0;
}

/**
 * The nodes as the allocator sees them: every node on a backend, copies inserted where a split needs a tensor of another
 * backend. Replays `ggml_backend_sched_split_graph` (ggml/src/ggml-backend.cpp), all operations taken as supported.
 */
export function schedule(graph: Graph, machine: Machine): readonly Node[] {
  const host = hostOf(machine);
  for (const leaf of graph.leaves) leaf.backend = leaf.home ?? (leaf.input ? host : UNASSIGNED);
  for (const node of graph.nodes) {
    if (node.backend === UNASSIGNED) node.backend = fromSurroundings(node, machine);
  }
  spread(graph.nodes, (backend) => backend !== host);
  spread(graph.nodes, () => true);
  assignRest(graph.nodes, host);
  return split(graph.nodes);
}

/** Pass 1: where the memory it writes to lies, or the weights it reads. */
function fromSurroundings(node: Node, machine: Machine): Backend {
  if (node.root !== null && node.root.home !== null) return node.root.home;
  if (!node.followsWeights || node.kind === 'view') return UNASSIGNED;
  const weight = node.sources.find((source) => source.weight);
  if (weight === undefined) return UNASSIGNED;
  const taken = machine.device && machine.offload && weight.home !== DEVICE && node.rows >= OFFLOAD_ROWS;
  return taken ? DEVICE : weight.home!;
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
function split(nodes: readonly Node[]): readonly Node[] {
  const planned: Node[] = [];
  let pending: Node[] = [];
  let inputs: Node[] = [];
  let current = nodes.find((node) => node.kind !== 'view')?.backend ?? 0;
  const flush = (): void => {
    for (const input of inputs) planned.push(dependencyOn(input), input.copy!);
    planned.push(...pending);
    pending = [];
    inputs = [];
  };
  for (const node of nodes) {
    if (node.kind !== 'view') {
      const fresh =
        inputs.length > 0 && node.sources.some((source) => source.weight && source.home !== current);
      if (node.backend !== current || fresh) {
        flush();
        current = node.backend;
      }
      for (const [position, source] of node.sources.entries()) {
        if (source.backend === current) continue;
        if (source.copy === null) {
          source.copy = copyOf(source, current);
          inputs.push(source);
        }
        node.sources[position] = source.copy;
      }
    }
    pending.push(node);
  }
  flush();
  return planned;
}
