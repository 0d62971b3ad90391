import type { Bytes } from '../../units';
import type { Backend, Node } from './tensor-graph';

/** Alignment of CUDA's buffers; the host's is smaller, by less than a KiB a tensor. */
const ALIGNMENT = 128;

/**
 * Bytes of each backend's compute buffer for nodes in this order: replays `ggml_gallocr_alloc_graph_impl` and its
 * best-fit free list (ggml/src/ggml-alloc.c), so that what the real allocator wastes is counted too.
 */
export function allocate(
  leaves: readonly Node[],
  nodes: readonly Node[],
  backends: number,
): readonly Bytes[] {
  const buffers = Array.from({ length: backends }, () => new FreeList());
  for (const leaf of leaves) place(leaf, leaf.backend, buffers);
  countUses(nodes);
  for (const node of nodes) {
    for (const source of node.sources) place(source, node.backend, buffers);
    place(node, node.backend, buffers);
    for (const source of node.sources) release(source, buffers);
  }
  return buffers.map((buffer) => buffer.size);
}

function countUses(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.root !== null && !node.dependency) node.root.views++;
    for (const source of node.sources) source.children++;
  }
}

function place(node: Node, backend: Backend, buffers: readonly FreeList[]): void {
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
  node.offset = buffers[backend]!.take(padded(node.bytes));
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

function release(source: Node, buffers: readonly FreeList[]): void {
  source.children--;
  if (source.children > 0 || source.views > 0) return;
  const { root } = source;
  if (root === null) {
    free(source, buffers);
    return;
  }
  root.views--;
  if (root.views === 0 && root.children === 0) free(root, buffers);
}

function free(node: Node, buffers: readonly FreeList[]): void {
  if (!node.allocated || node.output) return;
  node.allocated = false;
  buffers[node.buffer]!.give(node.offset, padded(node.bytes));
}

function padded(bytes: Bytes): Bytes {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** `ggml_dyn_tallocr`: free blocks by address, the last one without end; the best fit among the others wins. */
class FreeList {
  size: Bytes = 0;
  private readonly offsets: number[] = [0];
  private readonly lengths: number[] = [Number.POSITIVE_INFINITY];

  take(bytes: Bytes): number {
    const last = this.offsets.length - 1;
    let best = last;
    let bestLength = Number.POSITIVE_INFINITY;
    for (let index = 0; index < last; index++) {
      const length = this.lengths[index]!;
      if (length >= bytes && length <= bestLength) {
        best = index;
        bestLength = length;
      }
    }
    const offset = this.offsets[best]!;
    this.offsets[best] = offset + bytes;
    this.lengths[best]! -= bytes;
    if (this.lengths[best] === 0) this.remove(best);
    if (offset + bytes > this.size) this.size = offset + bytes;
    return offset;
  }

  give(offset: number, bytes: Bytes): void {
    for (let index = 0; index < this.offsets.length; index++) {
      const start = this.offsets[index]!;
      const end = start + this.lengths[index]!;
      if (end === offset) {
        this.lengths[index]! += bytes;
        this.mergeWithNext(index);
        return;
      }
      if (offset + bytes === start) {
        this.offsets[index] = offset;
        this.lengths[index]! += bytes;
        if (index > 0) this.mergeWithNext(index - 1);
        return;
      }
    }
    let at = 0;
    while (at < this.offsets.length && this.offsets[at]! < offset) at++;
    this.offsets.splice(at, 0, offset);
    this.lengths.splice(at, 0, bytes);
  }

  private mergeWithNext(index: number): void {
    if (index + 1 >= this.offsets.length) return;
    const end = this.offsets[index]! + this.lengths[index]!;
    if (end !== this.offsets[index + 1]) return;
    this.lengths[index]! += this.lengths[index + 1]!;
    this.remove(index + 1);
  }

  private remove(index: number): void {
    this.offsets.splice(index, 1);
    this.lengths.splice(index, 1);
  }
}
