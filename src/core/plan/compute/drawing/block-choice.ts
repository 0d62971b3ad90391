import { type Block, UnknownGraph } from './block';
import { indexerIndexes, indexerKeys } from './indexer';
import type { Sketch } from './sketch';
import { F32, I32, inputLeaf, type Node, operation, type Shape, view, writeInto } from './tensor-graph';

/** The cells that a block of Qwen 4 attends to: whole groups of cells, ranked by one pooled key each (`build_qsa_top_k`). Null elsewhere. */
export function chooseGroups(block: Block, input: Node): Node | null {
  const { sketch, layer } = block;
  if (sketch.model.architecture !== 'qwen4exp') return null;
  const ratio = sketch.number('attention.compress_ratios', layer) ?? 0;
  if (ratio === 0) {
    block.skipAll(/^indexer\./u);
    return null;
  }
  const width = numberOf(sketch, 'key_length');
  const { tokens, cells } = sketch.batch;
  const { streams, perStream } = cells;
  const plain = sketch.multiply(block.weight('indexer.k_proj.weight'), input);
  const keys = indexerKeys(block, width);
  sketch.expand(writeInto(keys, [view(plain, [width, tokens, 1, 1]), indexerIndexes(block)]));
  const groups = Math.ceil(perStream / ratio);
  const pooled = poolKeys(block, keys, { width, ratio, groups });
  const scores = scoreGroups(block, input, pooled, { width, groups });
  const each = tokens / streams;
  const biased = sketch.elementwise(scores, shared(sketch, `bias ${ratio}`, [groups, each, streams, 1], F32));
  const turned = sketch.fresh([each, groups, streams, 1], view(biased, biased.shape));
  const spread = operation(
    [each, perStream, streams, 1],
    [turned, shared(sketch, `groups ${ratio}`, [perStream, streams, 1, 1], I32)],
    { rows: 0 },
  );
  const ofCells = sketch.fresh([perStream, each, streams, 1], view(spread, spread.shape));
  const mask = sketch.mask(null);
  const whole = sketch.flash ? operation(mask.shape, [mask]) : mask;
  const ranked = sketch.elementwise(ofCells, view(whole, ofCells.shape));
  const count = Math.min(perStream, numberOf(sketch, 'top_k') + ratio - 1);
  const best = operation([count, each, streams, 1], [ranked], { elementBytes: I32 });
  const copied = operation(best.shape, [best], { elementBytes: I32 });
  return view(copied, [count, each, 1, streams], copied.bytes);
}

function numberOf(sketch: Sketch, key: string): number {
  const found = sketch.number(`attention.indexer.${key}`);
  if (found === null) throw new UnknownGraph('no indexer sizes');
  return found;
}

function shared(sketch: Sketch, name: string, shape: Shape, bytes: number): Node {
  return sketch.shared(`indexer ${name}`, () => inputLeaf(shape, bytes));
}

interface Groups {
  readonly width: number;
  readonly groups: number;
}

/** One key a group: the mean of its cells', normed and rotated. */
function poolKeys(
  block: Block,
  keys: Node,
  { width, groups, ratio }: Groups & { readonly ratio: number },
): Node {
  const { sketch } = block;
  const { streams, perStream } = sketch.batch.cells;
  const members = operation(
    [width, ratio * groups, streams, 1],
    [
      view(keys, [width, perStream, streams, 1], keys.bytes),
      shared(sketch, `cells ${ratio}`, [ratio * groups, streams, 1, 1], I32),
    ],
    { rows: 0 },
  );
  const deep = view(members, [width, ratio, groups, streams]);
  let sum: Node | null = null;
  for (let member = 0; member < ratio; member++) {
    const shape: Shape = [width, groups, streams, 1];
    const one = sketch.fresh(shape, view(deep, shape, deep.bytes - (ratio - 1) * width * F32));
    sum = sum === null ? one : sketch.elementwise(sum, one);
  }
  const mean = view(sketch.elementwise(sum!), [width, groups * streams, 1, 1]);
  const normed = view(block.norm(mean, 'indexer.k_norm', 'rms'), [width, 1, groups * streams, 1]);
  const places = shared(sketch, `positions ${ratio}`, [4 * groups * streams, 1, 1, 1], I32);
  return view(sketch.ropeAt(normed, places), [width, groups, streams, 1]);
}

/** Each group's score for each token: the sum over the indexer's heads. */
function scoreGroups(block: Block, input: Node, pooled: Node, { width, groups }: Groups): Node {
  const { sketch } = block;
  const heads = numberOf(sketch, 'head_count');
  const { tokens, cells } = sketch.batch;
  const { streams } = cells;
  const each = tokens / streams;
  const asked = sketch.multiply(block.weight('indexer.q_proj.weight'), input);
  const query = sketch.rope(block.norm(view(asked, [width, heads, tokens, 1]), 'indexer.q_norm', 'rms'));
  const product = operation(
    [groups, heads * each, streams, 1],
    [pooled, view(query, [width, heads * each, streams, 1])],
    { rows: heads * each },
  );
  const scores = sketch.elementwise(view(product, [groups, heads, each, streams]));
  const shape: Shape = [groups, each, streams, 1];
  const slice = (): Node => view(scores, shape, scores.bytes - (heads - 1) * groups * F32);
  let sum = sketch.fresh(shape, slice());
  for (let head = 1; head < heads; head++) sum = sketch.elementwise(sum, slice());
  return sum;
}
