import type { Bytes } from '../../../units';
import type { Joint } from './joined-residuals';

/** Backend numbers of a graph: the device, where there is one, comes before the host, as llama.cpp orders them. */
export type Backend = number;

/** Sizes of a tensor, innermost first, as ggml's `ne`. */
export type Shape = readonly [number, number, number, number];

export const F32 = 4;
export const F16 = 2;
export const I32 = 4;
export const I64 = 8;

export type NodeKind = 'leaf' | 'view' | 'operation';

const nothing: Node[] = [];

/** Results made so far, of all graphs: what one block makes is told apart by the differences. */
let count = 0;

/** Makes what does not count as made by the block that asks for it first. */
export function uncounted<Made>(make: () => Made): Made {
  const before = count;
  const result = make();
  count = before;
  return result;
}

/**
 * A tensor of ggml's compute graph, reduced to what decides where it is computed and how long its memory lives.
 * One class with every field set in one order: thousands are made for an answer, and engines keep such objects fast.
 */
export class Node {
  /** May take over the memory of a source that nobody else needs (`ggml_op_can_inplace`). */
  inPlace = false;
  /** Rows by which a device decides to take the operation over from the host (`get_op_batch_size`). */
  rows = 0;
  /** Whether weights among the sources decide the backend: not for ROPE and FLASH_ATTN_EXT. */
  followsWeights = true;
  /** Leaves that lie in a buffer already: weights and caches. */
  home: Backend | null = null;
  weight = false;
  input = false;
  output = false;
  /** The backend it is wished to be computed on (`ggml_backend_sched_set_tensor_backend`). */
  pin: Backend | null = null;
  visited = false;
  /** Its number once the graph is flattened. */
  number = -1;
  /** What blocks know it by that share it; null for what one block makes for itself. */
  shared: string | null = null;
  /** The stretch of the drawing that met it last. */
  span = -1;
  /** How many results were made before it. */
  readonly serial: number;

  constructor(
    readonly kind: NodeKind,
    readonly shape: Shape,
    readonly bytes: Bytes,
    readonly sources: Node[] = nothing,
    /** The tensor whose memory this one shows (`view_src`); null for a tensor with memory of its own. */
    readonly root: Node | null = null,
  ) {
    this.serial = kind === 'leaf' ? -1 : count++;
  }
}

export function elements(shape: Shape): number {
  return shape[0] * shape[1] * shape[2] * shape[3];
}

export function rowsOf(shape: Shape): number {
  return shape[1] * shape[2] * shape[3];
}

/** A weight: a leaf in a buffer, which operations prefer to be computed beside. */
export function weightLeaf(shape: Shape, bytes: Bytes, home: Backend): Node {
  const leaf = new Node('leaf', shape, bytes);
  leaf.home = home;
  leaf.weight = true;
  return leaf;
}

/** A cache or state: a leaf in a buffer that results are written into. */
export function cacheLeaf(shape: Shape, bytes: Bytes, home: Backend): Node {
  const leaf = new Node('leaf', shape, bytes);
  leaf.home = home;
  return leaf;
}

/** A tensor that the program fills before each run. */
export function inputLeaf(shape: Shape, elementBytes: number): Node {
  const leaf = new Node('leaf', shape, elements(shape) * elementBytes);
  leaf.input = true;
  return leaf;
}

/** A tensor that nobody fills before the run; it takes memory like a result. */
export function blankLeaf(shape: Shape, elementBytes: number): Node {
  return new Node('leaf', shape, elements(shape) * elementBytes);
}

/** Another look at a tensor's memory; `bytes` is what a copy of it would take. */
export function view(source: Node, shape: Shape, bytes = elements(shape) * F32): Node {
  return new Node('view', shape, bytes, [source], source.root ?? source);
}

export interface Traits {
  readonly inPlace?: boolean;
  readonly rows?: number;
  readonly followsWeights?: boolean;
  readonly elementBytes?: number;
  /** Of the result, where they do not follow from its shape. */
  readonly bytes?: Bytes;
}

/** An operation with a result of its own. */
export function operation(shape: Shape, sources: Node[], traits: Traits = {}): Node {
  const bytes = traits.bytes ?? elements(shape) * (traits.elementBytes ?? F32);
  const made = new Node('operation', shape, bytes, sources);
  made.inPlace = traits.inPlace ?? false;
  made.rows = traits.rows ?? rowsOf(shape);
  made.followsWeights = traits.followsWeights ?? true;
  return made;
}

/** An operation that writes into memory that is there already: SET_ROWS, CPY and SCALE into a cache. */
export function writeInto(target: Node, sources: readonly Node[]): Node {
  const made = new Node('operation', target.shape, target.bytes, [...sources, target], target.root ?? target);
  made.rows = rowsOf(target.shape);
  return made;
}

/** An operation whose result takes its first source's memory whoever else reads that (`ggml_add_inplace`). */
export function operateInto(target: Node, others: readonly Node[]): Node {
  const made = new Node('operation', target.shape, target.bytes, [target, ...others], target.root ?? target);
  made.rows = rowsOf(target.shape);
  return made;
}

/** What the drawing met, in order, while one block was drawn: what it put into the graph, and what is shared and was there already. */
export interface Span {
  readonly leaves: Node[];
  readonly nodes: Node[];
  /** Results that were made before it. */
  readonly serial: number;
  /** What the block before it gave, or what goes into the first block; null before that. */
  readonly given: Node | null;
}

/** Nodes in the order they are computed, leaves in the order they were met (`ggml_build_forward_expand`). */
export class Graph {
  readonly nodes: Node[] = [];
  readonly leaves: Node[] = [];
  /** Bytes of one block's results that were left out of the drawing; 0 where it is whole. */
  missing = 0;
  /** Fused attention, by block: where it cannot be computed beside its block, llama.cpp goes without. */
  readonly flashed: { readonly node: Node; readonly layer: number }[] = [];
  /** Operations in one piece on several streams of residuals, by block: likewise (DeepSeek V4). */
  readonly joined: { readonly node: Node; readonly layer: number; readonly joint: Joint }[] = [];
  /** How many nodes and leaves were there when each block was begun. */
  readonly blocks: { readonly nodes: number; readonly leaves: number }[] = [];
  /** What comes before the blocks, then one a block; what comes behind them belongs to the last. */
  readonly spans: Span[] = [{ leaves: [], nodes: [], serial: startCounting(), given: null }];

  beginBlock(given: Node): void {
    this.blocks.push({ nodes: this.nodes.length, leaves: this.leaves.length });
    this.spans.push({ leaves: [], nodes: [], serial: count, given });
  }

  expand(target: Node): Node {
    const span = this.spans.length - 1;
    const known = target.visited;
    if (target.span === span || (known && target.kind !== 'leaf' && target.shared === null)) return target;
    target.span = span;
    target.visited = true;
    for (const source of target.sources) this.expand(source);
    const met = this.spans[span]!;
    if (target.kind === 'leaf') {
      met.leaves.push(target);
      if (!known) this.leaves.push(target);
    } else {
      met.nodes.push(target);
      if (!known) this.nodes.push(target);
    }
    return target;
  }
}

function startCounting(): number {
  count = 0;
  return count;
}
