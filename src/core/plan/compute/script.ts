import type { Bytes } from '../../units';
import { followLifetimes } from './allocate';
import type { Scheduled } from './schedule';
import type { Graph } from './tensor-graph';

/**
 * What a graph asks of its allocator, in order: `slot << 1` takes a slot's memory, `slot << 1 | 1` gives it back. A slot is
 * taken once; results that go into the memory of what they read share its slot.
 */
export interface Script {
  readonly events: Int32Array;
  readonly backends: Uint8Array;
  /** Bytes of each slot, for the batch that the graph was drawn for. */
  readonly bytes: Float64Array;
  /** Among the events, where each block begins. */
  readonly blocks: readonly number[];
  /** Whether a block has tensors of its own that are there from the start. */
  readonly holds: readonly boolean[];
}

export function scriptOf(scheduled: Scheduled, graph: Graph): Script {
  const events: number[] = [];
  const backends: number[] = [];
  const sizes: Bytes[] = [];
  const starts = blockPositions(scheduled, graph);
  const blocks: number[] = [];
  followLifetimes(scheduled, {
    at: (position) => {
      while (blocks.length < starts.length && starts[blocks.length]! <= position) blocks.push(events.length);
    },
    take: (backend, bytes) => {
      const slot = sizes.length;
      backends.push(backend);
      sizes.push(bytes);
      events.push(slot << 1);
      return slot;
    },
    give: (_backend, slot) => void events.push((slot << 1) | 1),
  });
  while (blocks.length < starts.length) blocks.push(events.length);
  return {
    events: Int32Array.from(events),
    backends: Uint8Array.from(backends),
    bytes: Float64Array.from(sizes),
    blocks,
    holds: graph.blocks.map((_, block) => holdsLeaves(scheduled, graph, block)),
  };
}

function holdsLeaves(scheduled: Scheduled, graph: Graph, block: number): boolean {
  const from = graph.blocks[block]!;
  const to = graph.blocks[block + 1] ?? { nodes: graph.nodes.length, leaves: graph.leaves.length };
  const own = graph.leaves.slice(from.leaves, to.leaves);
  return (
    own.some((leaf) => leaf.home === null) ||
    scheduled.grown.some((position) => position >= from.nodes && position < to.nodes)
  );
}

/** Where each block begins among the scheduled nodes: behind the last node of the one before it. */
function blockPositions({ nodes }: Scheduled, graph: Graph): readonly number[] {
  let position = 0;
  return graph.blocks.map((block) => {
    if (block.nodes === 0) return 0;
    const last = graph.nodes[block.nodes - 1];
    while (position < nodes.length && nodes[position] !== last) position++;
    return position + 1;
  });
}
