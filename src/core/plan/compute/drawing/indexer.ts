import { rowBytes } from '../../kv-cache';
import { type Block, UnknownGraph } from './block';
import { blankLeaf, F32, I32, I64, inputLeaf, type Node, operation, view, writeInto } from './tensor-graph';

/**
 * The cells that a block's tokens attend to (DeepSeek 3.2, GLM 5: `src/models/deepseek32.cpp`, `glm-dsa.cpp`), chosen by a small
 * attention with keys of its own; blocks without one take those of the block before. Null for models without an indexer.
 */
export function chosenCells(block: Block, input: Node, narrow: Node | null): Node | null {
  const { sketch, memory } = block;
  if (sketch.number('attention.indexer.head_count') === null) return null;
  // layers with a window see all of it (dots3)
  if ((memory.cache?.window ?? null) !== null) return null;
  const own = memory.cache?.indexer !== undefined;
  if (own && narrow !== null) sketch.chosen = choose(block, input, narrow);
  else block.skipAll(/^indexer\./u);
  return sketch.chosen;
}

function choose(block: Block, input: Node, narrow: Node): Node {
  const { sketch } = block;
  const heads = sketch.number('attention.indexer.head_count');
  const width = sketch.number('attention.indexer.key_length');
  const most = sketch.number('attention.indexer.top_k');
  if (heads === null || width === null || most === null) throw new UnknownGraph('no indexer sizes');
  const { tokens, cells } = sketch.batch;
  const { streams } = cells;
  const asked = view(sketch.multiply(block.weight('indexer.attn_q_b.weight'), narrow), [
    width,
    heads,
    tokens,
    1,
  ]);
  const query = turned(block, sketch.rope(asked), width);
  const plain = sketch.multiply(block.weight('indexer.attn_k.weight'), input);
  const normed = view(block.norm(plain, 'indexer.k_norm', 'layer'), [width, 1, tokens, 1]);
  const key = turned(block, sketch.rope(normed), width);
  const keys = indexerKeys(block, width);
  sketch.expand(writeInto(keys, [view(key, [width, tokens, 1, 1]), indexerIndexes(block)]));
  const each = tokens / streams;
  const weighed = sketch.multiply(block.weight('indexer.proj.weight'), input);
  const weights = sketch.elementwise(view(weighed, [heads, each, 1, streams]));
  const seen = view(keys, [width, 1, cells.perStream, streams], keys.bytes);
  const score = operation(
    [cells.perStream, each, 1, streams],
    [view(query, [width, heads, each, streams]), seen, weights, indexerMask(block)],
  );
  const best = operation([Math.min(most, cells.perStream), each, 1, streams], [score], {
    elementBytes: I32,
  });
  return operation(best.shape, [best], { elementBytes: I32 });
}

/** Queries and keys of the indexer are always multiplied with a Hadamard matrix, but for HY-V4's. */
function turned(block: Block, node: Node, width: number): Node {
  const { sketch } = block;
  if (sketch.model.architecture === 'hy_v4') return node;
  const matrix = sketch.shared('rotation of the indexer', () => inputLeaf([width, width, 1, 1], F32));
  return operation(node.shape, [matrix, node]);
}

export function indexerKeys(block: Block, width: number): Node {
  const { sketch, layer } = block;
  return sketch.keptRows(
    `indexer keys of ${layer}`,
    layer,
    width,
    rowBytes(sketch.settings.keyType, width),
    null,
  );
}

export function indexerIndexes(block: Block): Node {
  const { sketch } = block;
  return sketch.shared('indexer keys', () => inputLeaf([sketch.batch.tokens, 1, 1, 1], I64));
}

/** Always of halves, because the indexer is one operation. */
function indexerMask(block: Block): Node {
  const { sketch } = block;
  const { cells, tokens } = sketch.batch;
  return sketch.shared('mask of the indexer', () =>
    inputLeaf([cells.perStream, tokens / cells.streams, 1, cells.streams], 2),
  );
}

/** The mask with everything hidden but the chosen cells (`build_attn` of the sparse cache). */
export function sparseMask(block: Block, mask: Node, chosen: Node): Node {
  const [count, each, , streams] = mask.shape;
  const same = { inPlace: true, bytes: mask.bytes };
  const hidden = operation(mask.shape, [mask], same);
  const zeros = blankLeaf([1, chosen.shape[0], each, streams], F32);
  const none = block.sketch.elementwise(zeros);
  const rows = view(hidden, [1, count, each, streams], mask.bytes);
  const picks = view(chosen, [chosen.shape[0], each, streams, 1], chosen.bytes);
  const shown = view(writeInto(rows, [none, picks]), mask.shape, mask.bytes);
  return operation(mask.shape, [shown, mask], same);
}
