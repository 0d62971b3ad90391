import { type Block, UnknownGraph } from './block';
import { compressedCells, rowBytes } from '../../kv-cache';
import { rotate, rotationMatrix } from './rotations';
import type { Sketch } from './sketch';
import { F16, F32, I32, I64, inputLeaf, type Node, type Shape, view, writeInto } from './tensor-graph';

/** The caches of rows for several tokens each: for the indexed ones, for those that all see, and what the indexer chooses by. */
export type RowKind = 'csa' | 'hca' | 'lid';

/** With this ratio rows overlap and an indexer chooses among them (`DSV4_CSA_RATIO`). */
export const INDEXED_RATIO = 4;

/** Sizes of one of these caches, for the batch that buffers are reserved for (`dsv4_build_reserve_comp_plan`). */
interface RowPlan {
  readonly kind: RowKind;
  readonly ratio: number;
  readonly overlap: boolean;
  /** Numbers of a row. */
  readonly width: number;
  /** Rows made of a batch at most. */
  readonly made: number;
  /** Tokens kept for the next row, of all sequences. */
  readonly kept: number;
}

export function rowCells(sketch: Sketch, ratio: number): number {
  return compressedCells(sketch.batch.cells, ratio);
}

function planOf(sketch: Sketch, kind: RowKind, ratio: number, width: number): RowPlan {
  const { tokens, sequences } = sketch.batch;
  const overlap = kind !== 'hca';
  const made = Math.floor(tokens / ratio) + Math.max(1, sequences);
  return { kind, ratio, overlap, width, made, kept: (overlap ? 2 * ratio : ratio) * sequences };
}

/** The rows of one cache: a leaf. */
export function rowCache(block: Block, kind: RowKind, ratio: number, width: number): Node {
  const { sketch, layer } = block;
  const { streams } = sketch.batch.cells;
  const cells = rowCells(sketch, ratio);
  const bytes = rowBytes(sketch.settings.keyType, width) * cells * streams;
  return sketch.kept(`${kind} rows of ${layer}`, layer, [width, cells, streams, 1], bytes);
}

/** Which cells of these caches each token may see; always of halves for the indexer, which is one operation. */
export function rowMask(sketch: Sketch, kind: RowKind, ratio: number): Node {
  const { tokens, cells } = sketch.batch;
  const bytes = kind === 'lid' || sketch.flash ? F16 : F32;
  const shape: Shape = [rowCells(sketch, ratio), tokens / cells.streams, 1, cells.streams];
  return sketch.shared(`mask of ${kind}`, () => inputLeaf(shape, bytes));
}

interface Kept {
  readonly keys: Node;
  readonly scores: Node;
}

const tensorNames: Readonly<Record<RowKind, string>> = {
  csa: 'attn_compressor',
  hca: 'attn_compressor',
  lid: 'indexer_compressor',
};

/** Makes rows of the batch and of what is kept of earlier ones, writes them, and keeps what the next row needs. */
export function compressRows(block: Block, input: Node, kind: RowKind, ratio: number, width: number): void {
  const { sketch } = block;
  const plan = planOf(sketch, kind, ratio, width);
  const name = tensorNames[kind];
  const keys = sketch.multiply(block.weight(`${name}_kv.weight`), input);
  const plain = sketch.multiply(block.weight(`${name}_gate.weight`), input);
  const places = sketch.rows(
    block.weight(`${name}_ape.weight`),
    indexes(sketch, plan, 'positions', sketch.batch.tokens),
  );
  const scores = sketch.elementwise(plain, places);
  const kept = keptOf(block, plan, keys.shape[0]);
  const source = (before: Node, now: Node): Node =>
    sketch.fresh(
      [now.shape[0], plan.kept + now.shape[1], 1, 1],
      view(before, [now.shape[0], plan.kept, 1, 1]),
      now,
    );
  const row = makeRow(block, plan, source(kept.keys, keys), source(kept.scores, scores));
  const rotated = rotate(
    sketch,
    row,
    rotationMatrix(sketch, kind, width, kind === 'lid' || width === indexerWidth(sketch)),
  );
  const cache = rowCache(block, kind, ratio, width);
  sketch.expand(
    writeInto(cache, [
      view(rotated, [width, plan.made, 1, 1]),
      indexes(sketch, plan, 'written', plan.made, I64),
    ]),
  );
  keepTokens(block, plan, kept, { keys, scores });
}

export function indexerWidth(sketch: Sketch): number {
  const width = sketch.number('attention.indexer.key_length');
  if (width === null) throw new UnknownGraph('no indexer sizes');
  return width;
}

function indexes(sketch: Sketch, plan: RowPlan, what: string, count: number, bytes = I32): Node {
  return sketch.shared(`${what} of ${plan.kind}`, () => inputLeaf([count, 1, 1, 1], bytes));
}

function keptOf({ sketch, layer }: Block, plan: RowPlan, width: number): Kept {
  const leaf = (what: string): Node =>
    sketch.kept(
      `${what} for ${plan.kind} of ${layer}`,
      layer,
      [width, plan.kept, 1, 1],
      width * plan.kept * F32,
    );
  return { keys: leaf('keys'), scores: leaf('scores') };
}

function keepTokens({ sketch }: Block, plan: RowPlan, kept: Kept, now: Kept): void {
  const count = Math.min(sketch.batch.tokens, plan.kept);
  const written = (into: Node, from: Node): Node =>
    writeInto(view(into, into.shape), [
      sketch.rows(from, indexes(sketch, plan, 'kept', count)),
      indexes(sketch, plan, 'places', count),
    ]);
  const [keys, scores] = [written(kept.keys, now.keys), written(kept.scores, now.scores)];
  sketch.expand(keys);
  sketch.expand(scores);
}

/** Tokens weighed by a softmax over their scores, normed and rotated. */
function makeRow(block: Block, plan: RowPlan, keys: Node, scores: Node): Node {
  const { sketch } = block;
  const { width, made, kind } = plan;
  const tokens = (plan.overlap ? 2 : 1) * plan.ratio;
  const part = plan.overlap ? overlapping(sketch, plan) : apart(sketch, plan);
  const [values, weights] = part(keys, scores, [tokens, width, made, 1]);
  const weighed = sketch.elementwise(values, sketch.elementwise(weights));
  const sum = sketch.fresh([1, width, made, 1], weighed);
  const row = sketch.fresh([width, 1, made, 1], view(sum, [width, 1, made, 1]));
  const normed = block.norm(row, `${tensorNames[kind]}_norm`, 'rms');
  return sketch.ropeAt(normed, indexes(sketch, plan, 'positions of rows', made));
}

type Gathering = (keys: Node, scores: Node, shape: Shape) => readonly [Node, Node];

function apart(sketch: Sketch, plan: RowPlan): Gathering {
  const read = indexes(sketch, plan, 'read', plan.ratio * plan.made);
  const gather = (from: Node, shape: Shape): Node =>
    sketch.fresh(shape, view(sketch.rows(from, read), shape));
  return (keys, scores, shape) => [gather(keys, shape), gather(scores, shape)];
}

/** Half of a row's numbers are of the tokens before its own: where there are none, of a row of zeros. */
function overlapping(sketch: Sketch, plan: RowPlan): Gathering {
  const { ratio, made, width } = plan;
  const count = ratio * made;
  const read = indexes(sketch, plan, 'read', 2 * count);
  const gather = (from: Node, shape: Shape): Node => {
    const [wide, rows] = from.shape;
    const zeros = sketch.elementwise(view(from, [wide, 1, 1, 1]));
    const padded = sketch.fresh([wide, rows + 1, 1, 1], from, view(zeros, [wide, 1, 1, 1]));
    const found = sketch.rows(padded, read);
    const half = (): Node =>
      sketch.fresh(
        [width, count, 1, 1],
        view(found, [width, count, 1, 1], (count - 1) * wide * F32 + width * F32),
      );
    const deep = (node: Node): Node => view(node, [width, ratio, made, 1]);
    const both = sketch.fresh([width, 2 * ratio, made, 1], deep(half()), deep(half()));
    return sketch.fresh(shape, view(both, shape));
  };
  return (keys, scores, shape) => [gather(keys, shape), gather(scores, shape)];
}
