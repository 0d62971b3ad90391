import type { Tensor } from '../../../model/schema';
import type { Bytes } from '../../../units';
import type { DrawnGraph } from '../drawing/drawn-graph';
import type { Joint } from '../drawing/joined-residuals';
import { type Forms, type KnownForms, UNFIT } from './size-forms';
import type { Graph, Node } from '../drawing/tensor-graph';

/** A weight as a drawing names it: where it lies is not known while drawing. */
export interface DrawnWeight {
  readonly tensor: Tensor;
  /** Which of the drawn blocks it belongs to, and which of that block's tensors it is; null and -1 where it belongs to none. */
  readonly position: number | null;
  readonly ordinal: number;
  readonly asOutput: boolean;
}

/**
 * Homes while drawing, as codes: the host; by the position of a block, that of the block, of its cache, and of the earlier block's
 * cache that it reads; then the homes of weights by their number.
 */
export const HOST_CODE = 0;
export const CODES_A_BLOCK = 3;
export const FIRST_WEIGHT = 1_000_000;
/** Codes of backends themselves, for what lies where another model put it. */
export const FIRST_FIXED = 900_000;

export function fixedCode(backend: number): number {
  return FIRST_FIXED + backend;
}

export function ownCode(position: number, cache: boolean): number {
  return 1 + CODES_A_BLOCK * position + (cache ? 1 : 0);
}

export function sharedCode(position: number): number {
  return 1 + CODES_A_BLOCK * position + 2;
}

export function weightCode(weight: number): number {
  return FIRST_WEIGHT + weight;
}

export const VIEW = 1;
export const OPERATION = 2;
export const WEIGHT = 4;
export const INPUT = 8;
/** Never freed. */
export const KEPT = 16;
export const FOLLOWS_WEIGHTS = 32;
export const HOME = 64;

/** A drawn graph in flat arrays, without places, its sizes as forms: one drawing serves all placements and batches of its shape. */
export interface FlatGraph {
  /** Kind and traits of each tensor: the flags above. */
  readonly flags: Uint8Array;
  /** The tensor whose memory a tensor shows; -1 where it has its own. */
  readonly roots: Int32Array;
  /** `sources[starts[n]] … sources[starts[n + 1] - 1]`: what tensor n reads. */
  readonly starts: Int32Array;
  readonly sources: Int32Array;
  /** Whether the memory of that source would do for the tensor, once nobody else needs it. */
  readonly heirs: Uint8Array;
  /** Codes of homes, and of backends that are wished for; -1 where there are none. */
  readonly homes: Int32Array;
  readonly pins: Int32Array;
  readonly forms: Forms;
  /** The form of each tensor's bytes, and of the rows by which a device takes operations over. */
  readonly bytes: Uint16Array;
  readonly rows: Uint16Array;
  /** Tensors in the order they are computed, and leaves in the order they were met. */
  readonly nodes: Int32Array;
  readonly leaves: Int32Array;
  readonly blocks: Graph['blocks'];
  readonly flashed: readonly { readonly tensor: number; readonly layer: number }[];
  /** Operations on residuals in one piece. */
  readonly joined?: readonly { readonly tensor: number; readonly layer: number; readonly joint: Joint }[];
  /** Bytes of results that were left out of the drawing. */
  readonly missing: Bytes;
  readonly weights: readonly DrawnWeight[];
  /** Weights of one name that several leaves stand for, with the leaves. */
  readonly twins: readonly (readonly Leaf[])[];
}

interface Leaf {
  readonly weight: number;
  readonly tensor: number;
}

/**
 * The flat graph of a drawing whose sizes' forms are known, or are learnt from drawings at the other points; null where its shape or
 * its sizes follow no forms. `at[p]` are the monomials.
 */
export function flatten(
  { graph, weights }: DrawnGraph,
  known: KnownForms,
  at: readonly Float64Array[],
  others: () => readonly Graph[],
): FlatGraph | null {
  const tensors = tensorsOf(graph);
  const flat = structureOf(tensors);
  const first = sizesOf(tensors);
  let formOf = known.read(first);
  if (formOf === null) {
    const orders = others().map(tensorsOf);
    if (!orders.every((order) => isSameStructure(flat, order))) return null;
    formOf = known.learn([first, ...orders.map(sizesOf)], at);
  }
  if (!fits(formOf, tensors)) return null;
  return {
    ...flat,
    forms: known.all(),
    bytes: formOf.subarray(0, tensors.length),
    rows: formOf.subarray(tensors.length),
    nodes: Int32Array.from(graph.nodes, numberOf),
    leaves: Int32Array.from(graph.leaves, numberOf),
    blocks: graph.blocks,
    flashed: graph.flashed.map(({ node, layer }) => ({ tensor: node.number, layer })),
    joined: graph.joined.map(({ node, layer, joint }) => ({ tensor: node.number, layer, joint })),
    missing: graph.missing,
    weights,
    twins: twinsOf(flat.homes, weights),
  };
}

function numberOf(node: Node): number {
  return node.number;
}

/** Whether all sizes follow forms, but for those of looks at a tensor, which matter only where one is copied. */
function fits(formOf: Uint16Array, tensors: readonly Node[]): boolean {
  return formOf.every(
    (form, index) => form !== UNFIT || (index < tensors.length && tensors[index]!.kind === 'view'),
  );
}

/** Bytes of each tensor, then rows. */
function sizesOf(tensors: readonly Node[]): Float64Array {
  const sizes = new Float64Array(2 * tensors.length);
  for (const [number, node] of tensors.entries()) {
    sizes[number] = node.bytes;
    sizes[tensors.length + number] = node.rows;
  }
  return sizes;
}

export function twinsOf(homes: Int32Array, weights: readonly DrawnWeight[]): readonly (readonly Leaf[])[] {
  const byName = new Map<string, Leaf[]>();
  for (let tensor = 0; tensor < homes.length; tensor++) {
    const code = homes[tensor]!;
    if (code < FIRST_WEIGHT) continue;
    const weight = code - FIRST_WEIGHT;
    const {
      tensor: { name },
      position,
      ordinal,
    } = weights[weight]!;
    // a block's own are one leaf already, and may be named after a block that looks alike
    if (position !== null && ordinal >= 0) continue;
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [{ weight, tensor }]);
    else same.push({ weight, tensor });
  }
  return [...byName.values()].filter((leaves) => leaves.length > 1);
}

/** Leaves, then nodes, numbered: whoever reads a tensor comes behind it. */
function tensorsOf(graph: Graph): readonly Node[] {
  const tensors = [...graph.leaves, ...graph.nodes];
  for (const [number, node] of tensors.entries()) node.number = number;
  return tensors;
}

type Structure = Pick<FlatGraph, 'flags' | 'roots' | 'starts' | 'sources' | 'heirs' | 'homes' | 'pins'>;

function structureOf(tensors: readonly Node[]): Structure {
  const count = tensors.length;
  const starts = new Int32Array(count + 1);
  const sources: number[] = [];
  const heirs: number[] = [];
  const flags = new Uint8Array(count);
  const [roots, homes, pins] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  for (let number = 0; number < count; number++) {
    const node = tensors[number]!;
    for (const source of node.sources) {
      sources.push(source.number);
      heirs.push(isHeir(node, source) ? 1 : 0);
    }
    starts[number + 1] = sources.length;
    flags[number] = flagsOf(node);
    roots[number] = node.root?.number ?? -1;
    homes[number] = node.home ?? -1;
    pins[number] = node.pin ?? -1;
  }
  return {
    flags,
    roots,
    starts,
    sources: Int32Array.from(sources),
    heirs: Uint8Array.from(heirs),
    homes,
    pins,
  };
}

/** Whether another drawing has the same shape: the same kinds, and as many sources, of which the same would do. */
function isSameStructure(flat: Structure, tensors: readonly Node[]): boolean {
  const other = structureOf(tensors);
  return (['flags', 'roots', 'starts', 'sources', 'heirs', 'homes', 'pins'] as const).every((name) =>
    isEqual(flat[name], other[name]),
  );
}

function isEqual(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

function flagsOf(node: Node): number {
  return (
    (node.kind === 'view' ? VIEW : node.kind === 'operation' ? OPERATION : 0) |
    (node.weight ? WEIGHT : 0) |
    (node.input ? INPUT : 0) |
    (node.output ? KEPT : 0) |
    (node.followsWeights ? FOLLOWS_WEIGHTS : 0) |
    (node.home === null ? 0 : HOME)
  );
}

/** A source of the same layout. */
function isHeir(node: Node, source: Node): boolean {
  return (
    node.inPlace &&
    source.bytes === node.bytes &&
    source.shape[0] === node.shape[0] &&
    source.shape[1] === node.shape[1] &&
    source.shape[2] === node.shape[2]
  );
}
