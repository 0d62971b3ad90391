import { indexOf } from '../../model-index';
import { attend, attendToRows } from './attend';
import type { Heads } from './store-batch';
import { type Block, UnknownGraph } from './block';
import { feedForward } from './feed-forward';
import { F16, F32, I32, inputLeaf, type Node, operation, view } from './tensor-graph';

/**
 * A block of T5's decoder (`src/models/t5.cpp`): attention with a bias by distance, then attention to what the encoder gave, for which as
 * many rows as the model was trained with are reserved. The encoder's graph is not among those that buffers are reserved for.
 */
export function drawDecoder(block: Block, input: Node): Node {
  const { sketch } = block;
  const blocks = sketch.number('decoder_block_count');
  if (blocks !== null && blocks !== sketch.model.block_count) throw new UnknownGraph('unequal halves');
  const heads = headsOf(block);
  const normed = block.norm(input, 'attn_norm', 'rms');
  const asked = projected(block, '', normed, normed, heads);
  const attended = block.project('attn_o', attend(block, { ...asked, heads, bias: distanceBias(block) }));
  const middle = sketch.elementwise(attended, input);
  const crossed = drawCross(block, middle, heads);
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  const given = rows(crossed);
  const sum = sketch.elementwise(given, rows(middle));
  return sketch.elementwise(feedForward(block, block.norm(sum, 'ffn_norm', 'rms')), sum);
}

/** A block of the encoder alone (`src/models/t5encoder.cpp`): tokens attend to each other, with a bias by distance. */
export function drawEncoder(block: Block, input: Node): Node {
  const { sketch } = block;
  const heads = headsOf(block);
  const normed = block.norm(input, 'attn_norm', 'rms');
  const asked = projected(block, '', normed, normed, heads);
  const bias = distanceBias(block);
  const { tokens } = sketch.batch;
  const attended = attendToRows(block, { ...asked, heads, bias }, sketch.batchMask(false), tokens);
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  const mixed = rows(block.project('attn_o', attended));
  const sum = sketch.elementwise(mixed, rows(input));
  return sketch.elementwise(feedForward(block, block.norm(sum, 'ffn_norm', 'rms')), sum);
}

function headsOf({ sketch, layer }: Block): Heads {
  const { key_length: key, value_length: value } = sketch.model.attention;
  const query = sketch.number('attention.head_count', layer);
  if (query === null || key === null || value === null) throw new UnknownGraph('no heads');
  return { query, keyValue: sketch.number('attention.head_count_kv', layer) ?? query, key, value };
}

function projected(block: Block, prefix: '' | 'cross_', from: Node, to: Node, heads: Heads) {
  const part = (name: 'q' | 'k' | 'v', input: Node, width: number, count: number): Node =>
    view(block.project(`${prefix}attn_${name}`, input), [width, count, input.shape[1], 1]);
  return {
    query: part('q', from, heads.key, heads.query),
    key: part('k', to, heads.key, heads.keyValue),
    value: part('v', to, heads.value, heads.keyValue),
  };
}

function drawCross(block: Block, input: Node, heads: Heads): Node {
  const { sketch } = block;
  const { embedding_length: width, context_trained: rows } = sketch.model;
  if (width === null || rows === null) throw new UnknownGraph('no encoder');
  block.skip('cross_attn_rel_b.weight');
  const encoded = sketch.shared('what the encoder gave', () => inputLeaf([width, rows, 1, 1], F32));
  const mask = sketch.shared('mask of the encoder', () =>
    inputLeaf([rows, sketch.batch.tokens, 1, 1], sketch.flash ? F16 : F32),
  );
  const asked = projected(block, 'cross_', block.norm(input, 'cross_attn_norm', 'rms'), encoded, heads);
  return block.project('cross_attn_o', attendToRows(block, { ...asked, heads }, mask, rows));
}

/** `build_pos_bias`: the first block's table, looked up for each token and cell. */
function distanceBias(block: Block): Node {
  const { sketch } = block;
  const { tokens, cells } = sketch.batch;
  const half = sketch.cacheless ? 'enc' : 'dec';
  const seen = sketch.cacheless ? tokens : cells.perStream;
  const own = block.find('attn_rel_b.weight');
  const first = indexOf(sketch.model).tensorsByLayer[0]?.find(
    ({ name }) => name === `${half}.blk.0.attn_rel_b.weight`,
  );
  const table = own ?? (first === undefined ? null : sketch.weight(first));
  if (table === null) throw new UnknownGraph('no distances');
  const count = seen * tokens;
  const buckets = sketch.shared('buckets of distances', () => inputLeaf([seen, tokens, 1, 1], I32));
  const heads = table.shape[0];
  const looked = operation([heads, count, 1, 1], [table, view(buckets, [count, 1, 1, 1], count * I32)], {
    rows: 0,
  });
  return sketch.fresh([seen, tokens, heads, 1], view(looked, [seen, tokens, heads, 1]));
}
