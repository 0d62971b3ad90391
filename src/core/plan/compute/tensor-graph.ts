import type { Bytes } from '../../units';

/** Backend numbers of a graph: the device, where there is one, comes before the host, as llama.cpp orders them. */
export type Backend = number;

/** Sizes of a tensor, innermost first, as ggml's `ne`. */
export type Shape = readonly [number, number, number, number];

/**
 * A tensor of ggml's compute graph, reduced to what decides where it is computed and how long its memory lives.
 * The fields below the line are the scheduler's and the allocator's scratch space.
 */
export interface Node {
  readonly kind: 'leaf' | 'view' | 'operation';
  readonly shape: Shape;
  readonly bytes: Bytes;
  /** The tensor whose memory this one shows (`view_src`); null for a tensor with memory of its own. */
  readonly root: Node | null;
  readonly sources: Node[];
  /** May take over the memory of a source that nobody else needs (`ggml_op_can_inplace`). */
  readonly inPlace: boolean;
  /** Rows by which a device decides to take the operation over from the host (`get_op_batch_size`). */
  readonly rows: number;
  /** Whether weights among the sources decide the backend: not for ROPE and FLASH_ATTN_EXT. */
  readonly followsWeights: boolean;
  /** Leaves that lie in a buffer already: weights and caches. */
  readonly home: Backend | null;
  readonly weight: boolean;
  readonly input: boolean;
  /** A dependency that the scheduler adds; it counts as nobody's view. */
  readonly dependency: boolean;

  output: boolean;
  backend: Backend;
  visited: boolean;
  copy: Node | null;
  children: number;
  views: number;
  allocated: boolean;
  buffer: Backend;
  offset: number;
}

export const F32 = 4;
export const F16 = 2;
export const I32 = 4;
export const I64 = 8;
export const UNASSIGNED = -1;

const blank = {
  root: null,
  inPlace: false,
  rows: 0,
  followsWeights: true,
  home: null,
  weight: false,
  input: false,
  dependency: false,
} as const;

type Given = Partial<Node> & Pick<Node, 'kind' | 'shape' | 'bytes'>;

function node(given: Given): Node {
  return {
    ...blank,
    sources: [],
    output: false,
    backend: UNASSIGNED,
    visited: false,
    copy: null,
    children: 0,
    views: 0,
    allocated: false,
    buffer: 0,
    offset: 0,
    ...given,
  };
}

export function elements(shape: Shape): number {
  return shape[0] * shape[1] * shape[2] * shape[3];
}

export function rowsOf(shape: Shape): number {
  return shape[1] * shape[2] * shape[3];
}

/** A weight: a leaf in a buffer, which operations prefer to be computed beside. */
export function weightLeaf(shape: Shape, bytes: Bytes, home: Backend): Node {
  return node({ kind: 'leaf', shape, bytes, home, weight: true });
}

/** A cache or state: a leaf in a buffer that results are written into. */
export function cacheLeaf(shape: Shape, bytes: Bytes, home: Backend): Node {
  return node({ kind: 'leaf', shape, bytes, home });
}

/** A tensor that the program fills before each run. */
export function inputLeaf(shape: Shape, elementBytes: number): Node {
  return node({ kind: 'leaf', shape, bytes: elements(shape) * elementBytes, input: true });
}

/** Another look at a tensor's memory; `bytes` is what a copy of it would take. */
export function view(source: Node, shape: Shape, bytes = elements(shape) * F32): Node {
  return node({ kind: 'view', shape, bytes, root: source.root ?? source, sources: [source] });
}

export interface Traits {
  readonly inPlace?: boolean;
  readonly rows?: number;
  readonly followsWeights?: boolean;
  readonly elementBytes?: number;
}

/** An operation with a result of its own. */
export function operation(shape: Shape, sources: readonly Node[], traits: Traits = {}): Node {
  return node({
    kind: 'operation',
    shape,
    bytes: elements(shape) * (traits.elementBytes ?? F32),
    sources: [...sources],
    inPlace: traits.inPlace ?? false,
    rows: traits.rows ?? rowsOf(shape),
    followsWeights: traits.followsWeights ?? true,
  });
}

/** An operation that writes into memory that is there already: SET_ROWS, CPY and SCALE into a cache. */
export function writeInto(target: Node, sources: readonly Node[]): Node {
  return node({
    kind: 'operation',
    shape: target.shape,
    bytes: target.bytes,
    root: target.root ?? target,
    sources: [...sources, target],
    rows: rowsOf(target.shape),
  });
}

/** A tensor's double on another backend, which the scheduler makes for a split that needs it there. */
export function copyOf(source: Node, backend: Backend): Node {
  return node({ kind: 'operation', shape: source.shape, bytes: source.bytes, backend });
}

/** Keeps a tensor alive until the scheduler has copied it. */
export function dependencyOn(source: Node): Node {
  return node({
    kind: 'view',
    shape: source.shape,
    bytes: 0,
    root: source.root ?? source,
    sources: [source],
    backend: source.backend,
    dependency: true,
  });
}

/** Nodes in the order they are computed, leaves in the order they were met (`ggml_build_forward_expand`). */
export class Graph {
  readonly nodes: Node[] = [];
  readonly leaves: Node[] = [];

  expand(target: Node): Node {
    if (target.visited) return target;
    target.visited = true;
    for (const source of target.sources) this.expand(source);
    if (target.kind === 'leaf') this.leaves.push(target);
    else this.nodes.push(target);
    return target;
  }
}
