import { padTo } from '../../../units';
import { rowBytes } from '../../kv-cache';
import type { KvType } from '../../schema';
import { type Asked, storeBatch, type Stored } from './store-batch';
import { type Block, UnknownGraph } from './block';
import { indexerIndexes, indexerKeys } from './indexer';
import { rotate } from './rotations';
import { F16, F32, I32, inputLeaf, type Node, operateInto, operation, view, writeInto } from './tensor-graph';

/**
 * Whether a block attends to the blocks of cells that its indexer ranks best (MiniMax M3): only with flash attention and a cache of its
 * own for each sequence; else to everything, and its indexer is left out.
 */
export function attendsSparsely(block: Block): boolean {
  const { sketch } = block;
  if (sketch.model.architecture !== 'minimax-m3') return false;
  const { sequences, unified } = sketch.settings;
  const sparse = sketch.flash && (sequences === 1 || !unified) && block.has('indexer.q_proj.weight');
  if (!sparse) block.skipAll(/^indexer\./u);
  return sparse;
}

/** Tokens that llama.cpp takes to be in the cache while it reserves buffers (`llama_kv_cache_msa_context: get_n_pos`). */
const RESERVED_POSITIONS = 256;

interface Sizes {
  /** Numbers of an indexer's key, and its heads: one a group of the queries'. */
  readonly width: number;
  readonly groups: number;
  /** Positions that are ranked, and the blocks of them. */
  readonly positions: number;
  readonly blocks: number;
  readonly chosen: number;
  /** Tokens of a stream. */
  readonly each: number;
  readonly cells: number;
}

/** MiniMax sparse attention (`src/models/minimax-m3.cpp`), the way of a batch: the mask of every group hides the blocks it did not choose. */
export function attendSparsely(block: Block, input: Node, asked: Asked): Node {
  const { sketch } = block;
  const { tokens, cells } = sketch.batch;
  const sizes = sizesOf(block);
  const { width, groups, each } = sizes;
  const query = finished(block, 'q', input, groups, width);
  const key = finished(block, 'k', input, 1, width);
  const indexed = indexerKeys(block, width);
  sketch.expand(writeInto(indexed, [view(key, [width, tokens, 1, 1]), indexerIndexes(block)]));
  const stored = storeBatch(block, asked, true);
  let whole: Node | null = null;
  for (let stream = 0; stream < cells.streams; stream++) {
    const mask = groupMasks(block, sizes, query, indexed);
    const one = attendOnce(block, asked, stored, mask, sizes);
    whole = whole === null ? one : sketch.fresh([one.shape[0], (stream + 1) * each, 1, 1], whole, one);
  }
  return rotate(sketch, whole!, stored.rotation);
}

function sizesOf({ sketch }: Block): Sizes {
  const number = (key: string): number => {
    const found = sketch.number(`attention.indexer.${key}`);
    if (found === null || found === 0) throw new UnknownGraph('no sizes of sparse attention');
    return found;
  };
  const { tokens, cells } = sketch.batch;
  const size = number('block_size');
  const positions = padTo(RESERVED_POSITIONS, size);
  return {
    width: number('key_length'),
    groups: number('head_count'),
    positions,
    blocks: positions / size,
    chosen: Math.min(number('top_k'), positions / size),
    each: tokens / cells.streams,
    cells: cells.perStream,
  };
}

function finished(block: Block, which: 'q' | 'k', input: Node, heads: number, width: number): Node {
  const { sketch } = block;
  const projected = sketch.multiply(block.weight(`indexer.${which}_proj.weight`), input);
  const byHead = view(projected, [width, heads, sketch.batch.tokens, 1]);
  return sketch.rope(block.norm(byHead, `indexer.${which}_norm`, 'rms'));
}

/** For each group of heads a mask over the cells of a stream. */
function groupMasks(block: Block, sizes: Sizes, query: Node, indexed: Node): Node {
  const { sketch } = block;
  const { cells, each, groups } = sizes;
  const chosen = chosenBlocks(block, sizes, query, indexed);
  const byToken = operation([each * groups, sizes.blocks, 1, 1], [chosen], { elementBytes: F16 });
  const blockOf = sketch.shared('block of each cell', () =>
    inputLeaf([cells, sketch.batch.cells.streams, 1, 1], I32),
  );
  const ofCell = view(blockOf, [cells, 1, 1, 1], cells * I32);
  const spread = operation([each * groups, cells, 1, 1], [byToken, ofCell], { rows: 0 });
  const turned = sketch.fresh([cells, each * groups, 1, 1], view(spread, spread.shape));
  const causal = view(wholeMask(block), [cells, each, 1, 1]);
  const masked = operateInto(view(turned, [cells, each, groups, 1]), [causal]);
  return operation([cells, each, 1, groups], [masked], { elementBytes: F16 });
}

/** The mask of all blocks in whole floats. */
function wholeMask({ sketch }: Block): Node {
  const mask = sketch.mask(null);
  return sketch.shared('mask in floats', () => operation(mask.shape, [mask]));
}

/** 0 for the blocks that each group of each token chose, else far below. */
function chosenBlocks(block: Block, sizes: Sizes, query: Node, indexed: Node): Node {
  const { sketch } = block;
  const { blocks, chosen, each, groups } = sizes;
  const all = sketch.shared('bias of blocks', () => inputLeaf([blocks, sketch.batch.tokens, 1, 1], F32));
  const bias = view(all, [blocks, 1, each, 1]);
  const ranked = sketch.elementwise(blockScores(block, sizes, query, indexed), bias);
  const best = operation([chosen, groups, each, 1], [ranked], { elementBytes: I32 });
  const hidden = operation([blocks, 1, each, 1], [sketch.elementwise(bias)], { elementBytes: F16 });
  const wide = operation([blocks, groups, each, 1], [hidden], { elementBytes: F16 });
  const zeros = sketch.elementwise(sketch.fresh(best.shape, best));
  const shown = writeInto(view(wide, [1, blocks, groups * each, 1], wide.bytes), [
    view(zeros, [1, chosen, groups * each, 1]),
    view(best, [chosen, groups * each, 1, 1], best.bytes),
  ]);
  return operation([blocks, each, groups, 1], [shown], { elementBytes: F16 });
}

/** The best score of each block of positions. */
function blockScores(block: Block, sizes: Sizes, query: Node, indexed: Node): Node {
  const { sketch } = block;
  const { width, positions, groups, each, cells } = sizes;
  const { streams } = sketch.batch.cells;
  const cellOf = sketch.shared('cell of each position', () => inputLeaf([positions, streams, 1, 1], I32));
  const visible = sketch.shared('mask of positions', () =>
    inputLeaf([positions, sketch.batch.tokens, 1, 1], F32),
  );
  const seen = view(indexed, [width, cells, 1, 1], rowBytes(sketch.settings.keyType, width) * cells);
  const keys = operation(
    [width, positions, 1, 1],
    [seen, view(cellOf, [positions, 1, 1, 1], positions * I32)],
    {
      rows: 0,
    },
  );
  const raw = operation([positions, groups * each, 1, 1], [keys, view(query, [width, groups * each, 1, 1])]);
  const masked = operateInto(view(raw, [positions, groups, each, 1]), [
    view(visible, [positions, 1, each, 1]),
  ]);
  return sketch.fresh([sizes.blocks, groups, each, 1], masked);
}

/** One fused attention for all groups of a stream, which stand where sequences do elsewhere. */
function attendOnce(
  block: Block,
  { heads }: Asked,
  stored: Stored,
  mask: Node,
  { cells, each }: Sizes,
): Node {
  const { sketch } = block;
  const { keyType, valueType } = sketch.settings;
  const { keyValue, key, value } = heads;
  const perGroup = heads.query / keyValue;
  const asked = view(stored.query, [key, each, perGroup, keyValue]);
  const part = (cache: Node, width: number, type: KvType): Node =>
    view(cache, [width, cells, 1, keyValue], rowBytes(type, width * keyValue) * cells);
  const seen = [part(stored.keys, key, keyType), part(stored.values, value, valueType)];
  const mixed = operation([value, perGroup, each, keyValue], [asked, ...seen, mask], {
    followsWeights: false,
  });
  // of one group, or one token, it lies as it should
  const turned =
    keyValue === 1 || each === 1
      ? mixed
      : sketch.fresh([value, perGroup, keyValue, each], view(mixed, mixed.shape));
  return view(turned, [value * heads.query, each, 1, 1]);
}
