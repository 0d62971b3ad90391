import type { DrawnGraph } from '../drawing/drawn-graph';
import { CODES_A_BLOCK, type DrawnWeight, FIRST_WEIGHT, type FlatGraph } from './flat-graph';
import type { Graph, Node } from '../drawing/tensor-graph';

/**
 * What one block puts into a graph, with everything outside it by name: so that a graph of a hundred blocks is put together from a few
 * that were drawn. A block's last results are put in by the block that reads them, so a fragment ends where that begins.
 */
export interface Fragment {
  readonly flags: Uint8Array;
  readonly bytes: Uint16Array;
  readonly rows: Uint16Array;
  /** References: tensors of the fragment by number, others as `-1 - n`, the n-th of `outside`. */
  readonly sources: Int32Array;
  /** The same, and `NONE` where a tensor has memory of its own. */
  readonly roots: Int32Array;
  readonly starts: Int32Array;
  readonly heirs: Uint8Array;
  /** Codes as in a flat graph, by the position of a block before this one (1) or of this one (0), and of the weights below. */
  readonly homes: Int32Array;
  readonly pins: Int32Array;
  /** What each reference to another fragment means: one of the kinds below, and which of them. */
  readonly outsideKinds: Uint8Array;
  readonly outside: Int32Array;
  /** References in the order of being met, and of being computed. */
  readonly leaves: Int32Array;
  readonly nodes: Int32Array;
  readonly weights: readonly FragmentWeight[];
  /** By tensor, of which block's drawing it is a result, how many before, and which one; -1 where of none. */
  readonly makers: Int8Array;
  readonly ordinals: Int32Array;
  /** What the block is given. */
  readonly given: number;
  readonly flashed: Int32Array;
}

/** A weight of this block, or of the one before it. */
export interface FragmentWeight {
  readonly weight: DrawnWeight;
  readonly before: number;
}

/** A tensor that blocks share, by its number. */
export const SHARED = 0;
/** A result of what comes before all blocks, by how many it made before. */
export const OF_PROLOGUE = 1;
/** A result of the block before, likewise. */
export const OF_BEFORE = 2;
/** What the block before was given. */
export const GIVEN_BEFORE = 3;

/** A tensor that many blocks read: an input, a weight outside the blocks, or a look at one. */
export interface SharedTensor {
  readonly flags: number;
  readonly bytes: number;
  readonly rows: number;
  readonly heirs: Uint8Array;
  /** Shared too, by number. */
  readonly sources: readonly number[];
  /** -1 where it has memory of its own. */
  readonly root: number;
  readonly weight: DrawnWeight | null;
}

/** Everything that the drawings of one kind share, numbered. */
export class SharedTensors {
  readonly all: SharedTensor[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(name: string, describe: () => SharedTensor): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const described = describe();
    const number = this.all.push(described) - 1;
    this.numbers.set(name, number);
    return number;
  }
}

export const NONE = -1_000_000;
/** The maker of what comes before all blocks. */
export const PROLOGUE = 2;

/**
 * A drawing cut at its blocks: what comes before them, then one a block. Null where a block reads more than what it is given, the block
 * before it, and what all share.
 */
export function cutDrawing(
  drawn: DrawnGraph,
  flat: FlatGraph,
  shared: SharedTensors,
  ownsCache: (position: number) => boolean,
): readonly Fragment[] | null {
  const cutter = new Cutter(drawn, flat, shared, ownsCache);
  const fragments = drawn.graph.spans.map((_, span) => cutter.cut(span));
  return cutter.failed ? null : fragments;
}

class Cutter {
  failed = false;
  private readonly graph: Graph;
  /** The span that a tensor was put into, which for a leaf may be several. */
  private readonly spanOf: Int32Array;

  constructor(
    drawn: DrawnGraph,
    private readonly flat: FlatGraph,
    private readonly shared: SharedTensors,
    private readonly ownsCache: (position: number) => boolean,
  ) {
    this.graph = drawn.graph;
    this.spanOf = new Int32Array(flat.flags.length).fill(-1);
  }

  cut(position: number): Fragment {
    const { flat } = this;
    const span = this.graph.spans[position]!;
    const local = new Map<number, number>();
    for (const node of [...span.leaves, ...span.nodes]) {
      if (this.nameOf(node) !== null) continue;
      this.isMetOnce(node, position);
      local.set(node.number, local.size);
      this.spanOf[node.number] = position;
    }
    const kinds: number[] = [];
    const outside: number[] = [];
    const numbers = new Map<Node, number>();
    const refer = (node: Node): number => {
      const own = this.nameOf(node) === null ? local.get(node.number) : undefined;
      if (own !== undefined) return own;
      const known = numbers.get(node);
      if (known !== undefined) return -1 - known;
      const [kind, which] = this.outsideOf(node, position);
      numbers.set(node, kinds.push(kind) - 1);
      return -outside.push(which);
    };
    const tensors = [...span.leaves, ...span.nodes].filter((node) => this.nameOf(node) === null);
    const weights: FragmentWeight[] = [];
    const starts = [0];
    const sources: number[] = [];
    const heirs: number[] = [];
    for (const { number, sources: read } of tensors) {
      for (const source of read) sources.push(refer(source));
      for (let index = flat.starts[number]!; index < flat.starts[number + 1]!; index++)
        heirs.push(flat.heirs[index]!);
      starts.push(sources.length);
    }
    const code = (given: number): number => this.relativeCode(given, position, weights);
    const makers = tensors.map((node) => this.makerOf(node));
    return {
      flags: Uint8Array.from(tensors, ({ number }) => flat.flags[number]!),
      bytes: Uint16Array.from(tensors, ({ number }) => flat.bytes[number]!),
      rows: Uint16Array.from(tensors, ({ number }) => flat.rows[number]!),
      sources: Int32Array.from(sources),
      roots: Int32Array.from(tensors, ({ root }) => (root === null ? NONE : refer(root))),
      starts: Int32Array.from(starts),
      heirs: Uint8Array.from(heirs),
      homes: Int32Array.from(tensors, ({ number }) => code(flat.homes[number]!)),
      pins: Int32Array.from(tensors, ({ number }) => code(flat.pins[number]!)),
      leaves: Int32Array.from(span.leaves, refer),
      nodes: Int32Array.from(span.nodes, refer),
      weights,
      makers: Int8Array.from(makers, (maker) => this.beforeOf(maker, position)),
      ordinals: Int32Array.from(tensors, (node, index) =>
        makers[index]! < 0 ? -1 : node.serial - this.graph.spans[makers[index]!]!.serial,
      ),
      given: span.given === null ? NONE : refer(span.given),
      flashed: Int32Array.from(
        this.graph.flashed.filter(({ node }) => local.has(node.number)),
        ({ node }) => local.get(node.number)!,
      ),
      outsideKinds: Uint8Array.from(kinds),
      outside: Int32Array.from(outside),
    };
  }

  /** Leaves that lie in no cache and are read by several blocks must be shared by name. */
  private isMetOnce(node: Node, position: number): void {
    const before = this.spanOf[node.number]!;
    const cache = node.home !== null && !node.weight;
    if (before >= 0 && before !== position && !cache) this.failed = true;
  }

  /** What is shared has a name; a weight outside the blocks has that of its tensor. */
  private nameOf(node: Node): string | null {
    if (node.shared !== null) return node.shared;
    if (!node.weight || node.home === null) return null;
    const { position, asOutput, tensor } = this.flat.weights[node.home - FIRST_WEIGHT]!;
    return position === null ? `weight ${tensor.name} ${asOutput}` : null;
  }

  /** The span whose drawing made a result; -1 for leaves. */
  private makerOf(node: Node): number {
    if (node.serial < 0) return -1;
    const { spans } = this.graph;
    let maker = spans.length - 1;
    while (spans[maker]!.serial > node.serial) maker--;
    return maker;
  }

  private beforeOf(maker: number, position: number): number {
    if (maker === 0) return PROLOGUE;
    const before = maker < 0 ? -1 : position - maker;
    if (before > 1) this.failed = true;
    return before;
  }

  private outsideOf(node: Node, position: number): readonly [kind: number, which: number] {
    const name = this.nameOf(node);
    if (name !== null) return [SHARED, this.sharedNumber(name, node)];
    const { spans } = this.graph;
    if (position > 1 && node === spans[position - 1]!.given) return [GIVEN_BEFORE, 0];
    const maker = this.makerOf(node);
    const ordinal = maker < 0 ? -1 : node.serial - spans[maker]!.serial;
    if (maker === 0) return [OF_PROLOGUE, ordinal];
    if (maker !== position - 1) this.failed = true;
    return [OF_BEFORE, ordinal];
  }

  private sharedNumber(name: string, node: Node): number {
    return this.shared.numberOf(name, () => this.describe(node));
  }

  private describe(node: Node): SharedTensor {
    const { flat } = this;
    const { number } = node;
    const numberOf = (each: Node): number => {
      const name = this.nameOf(each);
      if (name !== null) return this.sharedNumber(name, each);
      this.failed = true;
      return 0;
    };
    if (node.pin !== null || (node.home !== null && !node.weight)) this.failed = true;
    return {
      flags: flat.flags[number]!,
      bytes: flat.bytes[number]!,
      rows: flat.rows[number]!,
      heirs: flat.heirs.slice(flat.starts[number], flat.starts[number + 1]),
      sources: node.sources.map(numberOf),
      root: node.root === null ? -1 : numberOf(node.root),
      weight: node.weight ? flat.weights[node.home! - FIRST_WEIGHT]! : null,
    };
  }

  /** A code with the block's position told from this fragment's. */
  private relativeCode(code: number, span: number, weights: FragmentWeight[]): number {
    if (code <= 0) return code;
    const position = span - 1;
    if (code >= FIRST_WEIGHT) {
      const weight = this.flat.weights[code - FIRST_WEIGHT]!;
      const before = position - (weight.position ?? position);
      if (before < 0 || before > 1) this.failed = true;
      return FIRST_WEIGHT + weights.push({ weight, before }) - 1;
    }
    const which = (code - 1) % CODES_A_BLOCK;
    const before = position - Math.floor((code - 1) / CODES_A_BLOCK);
    // the cache of an earlier block, which is not the pending end of the block before
    const shares = which > 0 && (before > 1 || (before === 1 && !this.ownsCache(position)));
    if (!shares && (before < 0 || before > 1)) this.failed = true;
    return shares ? CODES_A_BLOCK : 1 + CODES_A_BLOCK * before + which;
  }
}
