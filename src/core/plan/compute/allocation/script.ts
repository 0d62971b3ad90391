import { type FlatGraph, HOME, KEPT } from '../flat/flat-graph';
import { assignBackends, type Homes, type Machine } from './schedule';
import { type Splits, splitsOf } from './splits';
import type { Backend } from '../drawing/tensor-graph';

/**
 * What a graph asks of its allocator, in order: `slot << 1` takes a slot's memory, `slot << 1 | 1` gives it back. A slot is
 * taken once; results that go into the memory of what they read share its slot.
 */
export interface Script {
  readonly events: Uint16Array | Int32Array;
  readonly backends: Uint8Array;
  /** Which tensor's size each slot has. */
  readonly tensors: Int32Array;
  /** Among the events, where each block begins. */
  readonly blocks: readonly number[];
  /** Whether a block has tensors of its own that are there from the start. */
  readonly holds: readonly boolean[];
}

/** Slots up to which an event fits 16 bits; only graphs drawn whole, of more blocks than llama.cpp loads, have more. */
const MOST_SHORT = 32_767;

/**
 * The script of a graph in one placement. Replays the lifetimes of `ggml_gallocr_alloc_graph_impl` (ggml/src/ggml-alloc.c). In which
 * order memory is taken and given back does not depend on where it lies, nor, while equal sizes stay equal, on how much it is.
 */
export function scriptOf(graph: FlatGraph, places: Homes, machine: Machine, values: Float64Array): Script {
  const backends = assignBackends(graph, places, machine, values);
  const splits = splitsOf(graph, places, backends, machine);
  const lifetimes = new Lifetimes(graph, backends, splits);
  lifetimes.follow();
  return {
    events: new (lifetimes.slotTensors.length > MOST_SHORT ? Int32Array : Uint16Array)(lifetimes.events),
    backends: new Uint8Array(lifetimes.slotBackends),
    tensors: new Int32Array(lifetimes.slotTensors),
    blocks: lifetimes.blocks,
    holds: graph.blocks.map((_, block) => holdsLeaves(graph, splits, block)),
  };
}

function holdsLeaves(graph: FlatGraph, splits: Splits, block: number): boolean {
  const from = graph.blocks[block]!;
  const to = graph.blocks[block + 1] ?? { nodes: graph.nodes.length, leaves: graph.leaves.length };
  for (let leaf = from.leaves; leaf < to.leaves; leaf++) {
    if ((graph.flags[graph.leaves[leaf]!]! & HOME) === 0) return true;
  }
  return splits.grown.some((position) => position >= from.nodes && position < to.nodes);
}

class Lifetimes {
  readonly events: number[] = [];
  readonly slotBackends: Backend[] = [];
  readonly slotTensors: number[] = [];
  readonly blocks: number[] = [];
  private readonly count: number;
  private readonly children: Int32Array;
  private readonly views: Int32Array;
  private readonly allocated: Uint8Array;
  private readonly kept: Uint8Array;
  private readonly slots: Int32Array;
  private readonly roots: Int32Array;

  constructor(
    private readonly graph: FlatGraph,
    private readonly backends: Int32Array,
    private readonly splits: Splits,
  ) {
    const { extras } = splits;
    this.count = graph.flags.length;
    const all = this.count + extras.length;
    this.children = new Int32Array(all);
    this.views = new Int32Array(all);
    this.allocated = new Uint8Array(all);
    this.slots = new Int32Array(all);
    this.kept = new Uint8Array(all);
    this.roots = new Int32Array(all).fill(-1);
    this.roots.set(graph.roots);
    for (let tensor = 0; tensor < this.count; tensor++)
      this.kept[tensor] = (graph.flags[tensor]! & KEPT) === 0 ? 0 : 1;
    for (const tensor of splits.doubled) this.kept[tensor] = 1;
    for (let position = 0; position < extras.length; position++) {
      const { of, dependency, kept } = extras[position]!;
      const root = this.roots[of]!;
      if (kept) this.kept[this.count + position] = 1;
      if (dependency) this.roots[this.count + position] = root < 0 ? of : root;
    }
  }

  follow(): void {
    const { graph, splits, count, events, blocks } = this;
    for (const leaf of splits.leaves) this.place(leaf, this.backendOf(leaf));
    this.countUses();
    const ends = blockEnds(graph);
    while (blocks.length < graph.blocks.length && graph.blocks[blocks.length]!.nodes === 0) {
      blocks.push(events.length);
    }
    for (const tensor of splits.planned) {
      if (tensor < count) this.compute(tensor);
      else this.handle(tensor);
      for (let begun = tensor < count ? ends[tensor]! : 0; begun > 0; begun--) blocks.push(events.length);
    }
  }

  private backendOf(tensor: number): Backend {
    return tensor < this.count ? this.backends[tensor]! : this.splits.extras[tensor - this.count]!.backend;
  }

  /** How often each tensor is read and shown. */
  private countUses(): void {
    const { children, views, count, roots, splits, graph } = this;
    for (const tensor of splits.planned) {
      if (tensor >= count) {
        const { of, dependency } = splits.extras[tensor - count]!;
        if (dependency) children[of]!++;
        continue;
      }
      if (roots[tensor]! >= 0) views[roots[tensor]!]!++;
      const end = graph.starts[tensor + 1]!;
      for (let read = graph.starts[tensor]!; read < end; read++) children[splits.reads[read]!]!++;
    }
  }

  private compute(tensor: number): void {
    const { starts } = this.graph;
    const { reads } = this.splits;
    const backend = this.backends[tensor]!;
    const first = starts[tensor]!;
    const end = starts[tensor + 1]!;
    for (let read = first; read < end; read++) this.place(reads[read]!, backend);
    this.place(tensor, backend);
    for (let read = first; read < end; read++) this.release(reads[read]!);
  }

  /** A copy, or what keeps its source until then. */
  private handle(extra: number): void {
    const { of, backend, dependency } = this.splits.extras[extra - this.count]!;
    if (!dependency) {
      this.place(extra, backend);
      return;
    }
    this.place(of, backend);
    this.release(of);
  }

  private place(tensor: number, backend: Backend): void {
    const { allocated, roots, count, slots } = this;
    if (allocated[tensor] === 1 || roots[tensor]! >= 0) return;
    if (tensor < count && (this.graph.flags[tensor]! & HOME) !== 0) return;
    allocated[tensor] = 1;
    const heir = tensor < count ? this.inherited(tensor) : -1;
    if (heir >= 0) {
      slots[tensor] = slots[heir]!;
      allocated[heir] = 0;
      return;
    }
    const slot = this.slotBackends.length;
    slots[tensor] = slot;
    this.slotBackends.push(backend);
    this.slotTensors.push(tensor < count ? tensor : this.splits.extras[tensor - count]!.of);
    this.events.push(slot << 1);
  }

  /** A source of the same layout that this tensor is the last to read; views never are: the allocator does not own them. */
  private inherited(tensor: number): number {
    const { starts, heirs } = this.graph;
    const { reads } = this.splits;
    const end = starts[tensor + 1]!;
    for (let read = starts[tensor]!; read < end; read++) {
      if (heirs[read] === 0) continue;
      const source = reads[read]!;
      const free = this.children[source] === 1 && this.views[source] === 0 && this.kept[source] === 0;
      if (free && this.allocated[source] === 1) return source;
    }
    return -1;
  }

  private release(source: number): void {
    const { children, views, roots } = this;
    const left = --children[source]!;
    if (left > 0 || views[source]! > 0) return;
    const root = roots[source]!;
    if (root < 0) {
      this.free(source);
      return;
    }
    const shown = --views[root]!;
    if (shown === 0 && children[root] === 0) this.free(root);
  }

  private free(tensor: number): void {
    if (this.allocated[tensor] === 0 || this.kept[tensor] === 1) return;
    this.allocated[tensor] = 0;
    this.events.push((this.slots[tensor]! << 1) | 1);
  }
}

/** How many blocks begin behind each node. */
function blockEnds(graph: FlatGraph): Uint8Array {
  const ends = new Uint8Array(graph.flags.length);
  for (const { nodes } of graph.blocks) if (nodes > 0) ends[graph.nodes[nodes - 1]!]!++;
  return ends;
}
