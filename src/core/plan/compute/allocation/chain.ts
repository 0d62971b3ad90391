import type { Composed } from '../flat/compose';
import { type FlatGraph, HOME, INPUT } from '../flat/flat-graph';

/**
 * All blocks of a model as one graph, cut at its blocks: the same for every placement. A tensor is named from a link by how many links
 * before that it was brought, so that links which are the same have the same names for everything they read.
 */
export interface Chain {
  readonly graph: FlatGraph;
  /** What comes before all blocks, then one a block. */
  readonly links: readonly Link[];
  /** By tensor, the link that brought it; -1 where any link may read it. */
  readonly owners: Int32Array;
  /** Tensors that any link may read. */
  readonly common: readonly number[];
  /** By tensor, the weights of one name that are one tensor wherever they lie in one place, as a number; -1 for all others. */
  readonly twins: Int32Array;
  /** One tensor of each such group. */
  readonly firstTwins: readonly number[];
}

export interface Link {
  /** Equal for links that differ by nothing but the numbers of their tensors. */
  readonly kind: number;
  readonly from: number;
  readonly to: number;
  readonly nodes: Int32Array;
  /** What it reads or looks at that it did not bring. */
  readonly outside: readonly number[];
  /** Results of links before it that it or a later one reads. */
  readonly handed: readonly number[];
}

/** Links that a name reaches back. */
const REACH = 2;
const DISTANCES = REACH + 1;

/** The chain of a graph of `parts`, numbers that are equal for equal fragments; null where a link reads farther ones, or has leaves that are there from the start. */
export function chainOf({ graph, ranges, common }: Composed, parts: readonly number[]): Chain | null {
  const owners = new Int32Array(graph.flags.length).fill(-1);
  for (const [at, { from, to }] of ranges.entries())
    for (let tensor = from; tensor < to; tensor++) if (common[tensor] === 0) owners[tensor] = at;
  if (!isPlain(graph, owners)) return null;
  const nodes = ranges.map((_, at) => nodesOf(graph, at));
  const outside = nodes.map((each, at) => outsideOf(graph, owners, each, at));
  const handed = handedOn(outside, owners);
  if (handed === null) return null;
  const numbers = new Map<string, number>();
  const named = (tensors: Iterable<number>, at: number): string =>
    Array.from(tensors, (tensor) => nameIn(owners, ranges, tensor, at)).join();
  const links = ranges.map(({ from, to }, at): Link => {
    const brought = [...nodes[at]!].filter((node) => owners[node] !== at);
    const unique = hasCommon(common, from, to) ? at : -1;
    const key = [
      parts[at],
      unique,
      named(outside[at]!, at),
      named(brought, at),
      nodes[at]!.length,
      named(handed[at + 1] ?? [], at + 1),
    ].join(' ');
    const kind = numbers.get(key) ?? numbers.size;
    numbers.set(key, kind);
    return { kind, from, to, nodes: nodes[at]!, outside: outside[at]!, handed: handed[at]! };
  });
  return {
    graph,
    links,
    owners,
    common: [...owners.keys()].filter((tensor) => owners[tensor] === -1),
    ...twinsIn(graph),
  };
}

/** Whether all leaves lie somewhere already, or are inputs that any block may read. */
function isPlain({ leaves, flags }: FlatGraph, owners: Int32Array): boolean {
  return leaves.every((leaf) => {
    if ((flags[leaf]! & HOME) !== 0) return true;
    return (flags[leaf]! & INPUT) !== 0 && owners[leaf] === -1;
  });
}

function nodesOf({ nodes, blocks }: FlatGraph, at: number): Int32Array {
  return nodes.subarray(at === 0 ? 0 : blocks[at - 1]!.nodes, blocks[at]?.nodes);
}

function hasCommon(common: Uint8Array, from: number, to: number): boolean {
  for (let tensor = from; tensor < to; tensor++) if (common[tensor] === 1) return true;
  return false;
}

/** Everything that nodes read or look at from outside their link, as often as they do. */
function outsideOf(graph: FlatGraph, owners: Int32Array, nodes: Int32Array, at: number): readonly number[] {
  const { starts, sources, roots } = graph;
  const found: number[] = [];
  for (const node of nodes) {
    for (let read = starts[node]!; read < starts[node + 1]!; read++)
      if (owners[sources[read]!] !== at) found.push(sources[read]!);
    const root = roots[node]!;
    if (root >= 0 && owners[root] !== at) found.push(root);
  }
  return found;
}

/** By link, and one behind the last, what is handed to it; null where it would be from farther than names reach. */
function handedOn(
  outside: readonly (readonly number[])[],
  owners: Int32Array,
): readonly (readonly number[])[] | null {
  const handed: Set<number>[] = Array.from({ length: outside.length + 1 }, () => new Set());
  for (const [at, tensors] of outside.entries()) {
    for (const tensor of tensors) {
      const owner = owners[tensor]!;
      if (owner < 0) continue;
      if (owner > at || owner < at - REACH) return null;
      for (let later = owner + 1; later <= at; later++) handed[later]!.add(tensor);
    }
  }
  return handed.map((tensors) => [...tensors].sort((one, other) => one - other));
}

function nameIn(
  owners: Int32Array,
  links: readonly { readonly from: number }[],
  tensor: number,
  at: number,
): number {
  const owner = owners[tensor] ?? -1;
  if (owner < 0) return tensor;
  const distance = at - owner;
  return distance > REACH ? NAMELESS : -2 - ((tensor - links[owner]!.from) * DISTANCES + distance);
}

/** The name of what nobody can read any more. */
export const NAMELESS = -1;

/** What a tensor is called from a link; `NAMELESS` where that is too far away. */
export function nameOf({ owners, links }: Chain, tensor: number, at: number): number {
  return nameIn(owners, links, tensor, at);
}

/** What a link means by a name that is not `NAMELESS`. */
export function tensorOf({ links }: Chain, name: number, at: number): number {
  if (name >= 0) return name;
  const distance = (-2 - name) % DISTANCES;
  return links[at - distance]!.from + (-2 - name - distance) / DISTANCES;
}

/** The same tensor's name one link earlier; `NAMELESS` where that link brings it. */
export function nameBefore(name: number): number {
  if (name >= 0) return name;
  return (-2 - name) % DISTANCES === 1 ? NAMELESS : name + 1;
}

/** Whether a link that has this name for something brings it itself. */
export function isOwn(name: number): boolean {
  return name === NAMELESS || (name < 0 && (-2 - name) % DISTANCES === 0);
}

function twinsIn({ flags, twins }: FlatGraph): Pick<Chain, 'twins' | 'firstTwins'> {
  const numbers = new Int32Array(flags.length).fill(-1);
  for (const [number, leaves] of twins.entries()) for (const { tensor } of leaves) numbers[tensor] = number;
  return { twins: numbers, firstTwins: twins.map((leaves) => leaves[0]!.tensor) };
}
