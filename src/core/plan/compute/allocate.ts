import type { Bytes } from '../../units';
import { FreeList, padded } from './free-list';
import type { Scheduled } from './schedule';
import type { Backend, Node } from './tensor-graph';

/** Who hands out memory while a graph's lifetimes are followed. */
export interface Memory {
  /** A place for so many bytes in a backend's buffer. */
  readonly take: (backend: Backend, bytes: Bytes) => number;
  readonly give: (backend: Backend, place: number, bytes: Bytes) => void;
  /** Called before each node. */
  readonly at?: (position: number) => void;
}

/**
 * Bytes of each backend's compute buffer for nodes in this order: replays `ggml_gallocr_alloc_graph_impl` and its
 * best-fit free list (ggml/src/ggml-alloc.c), so that what the real allocator wastes is counted too.
 */
export function allocate(scheduled: Scheduled, backends: number): readonly Bytes[] {
  const buffers = Array.from({ length: backends }, () => new FreeList());
  followLifetimes(scheduled, {
    take: (backend, bytes) => buffers[backend]!.take(padded(bytes)),
    give: (backend, offset, bytes) => buffers[backend]!.give(offset, padded(bytes)),
  });
  return buffers.map((buffer) => buffer.size);
}

/**
 * Asks for memory and gives it back as a run of the graph would. In which order does not depend on where the memory lies,
 * nor, while equal sizes stay equal, on how much it is.
 */
export function followLifetimes({ leaves, nodes }: Scheduled, memory: Memory): void {
  for (const leaf of leaves) place(leaf, leaf.backend, memory);
  countUses(nodes);
  for (const [position, node] of nodes.entries()) {
    memory.at?.(position);
    for (const source of node.sources) place(source, node.backend, memory);
    place(node, node.backend, memory);
    for (const source of node.sources) release(source, memory);
  }
}

/** How often each node is read and shown. */
function countUses(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.root !== null && !node.dependency) node.root.views++;
    for (const source of node.sources) source.children++;
  }
}

function place(node: Node, backend: Backend, memory: Memory): void {
  if (node.allocated || node.home !== null || node.root !== null) return;
  node.allocated = true;
  const heir = node.inPlace ? node.sources.find((source) => canInherit(node, source)) : undefined;
  if (heir !== undefined) {
    node.buffer = heir.buffer;
    node.offset = heir.offset;
    heir.allocated = false;
    return;
  }
  node.buffer = backend;
  node.offset = memory.take(backend, node.bytes);
}

/** A source of the same layout that this node is the last to read. Views never are: the allocator does not own them. */
function canInherit(node: Node, source: Node): boolean {
  return (
    source.allocated &&
    !source.output &&
    source.children === 1 &&
    source.views === 0 &&
    source.bytes === node.bytes &&
    source.shape[0] === node.shape[0] &&
    source.shape[1] === node.shape[1] &&
    source.shape[2] === node.shape[2]
  );
}

function release(source: Node, memory: Memory): void {
  source.children--;
  if (source.children > 0 || source.views > 0) return;
  const { root } = source;
  if (root === null) {
    free(source, memory);
    return;
  }
  root.views--;
  if (root.views === 0 && root.children === 0) free(root, memory);
}

function free(node: Node, memory: Memory): void {
  if (!node.allocated || node.output) return;
  node.allocated = false;
  memory.give(node.buffer, node.offset, node.bytes);
}
