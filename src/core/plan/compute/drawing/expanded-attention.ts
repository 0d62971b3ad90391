import { attend } from './attend';
import { type Block, UnknownGraph } from './block';
import { latentQuery, type LatentTraits, narrowQuery, type Widths } from './latent-attention';
import { type Node, type Shape, view } from './tensor-graph';

/**
 * Latent attention whose keys and values are expanded before they are cached, a head each: files without absorbed matrices
 * (`src/models/deepseek2.cpp`, `minicpm3.cpp`, `plm.cpp`, `kimi-linear.cpp`).
 */
export function expandedAttention(block: Block, input: Node, traits: LatentTraits): Node {
  const { sketch } = block;
  const { tokens } = sketch.batch;
  const { heads, rank, rotated, plain, value: valueWidth } = widthsOf(block);
  const factors = sketch.model.architecture === 'minicpm3' ? sketch.ropeFactors(block.layer) : null;
  const turn = (node: Node): Node => (traits.rope ? sketch.rope(node, factors) : node);
  const keyWidth = plain + rotated;
  const wide: Shape = [keyWidth, heads, tokens, 1];
  const query = view(latentQuery(block, input, narrowQuery(block, input)), wide);
  const compressed = sketch.multiply(block.weight('attn_kv_a_mqa.weight'), input);
  const latent = block.norm(
    view(compressed, [rank, tokens, 1, 1], sketch.bytesOfPart(compressed, rank)),
    'attn_kv_a_norm',
    'rms',
  );
  const shared = view(compressed, [rotated, 1, tokens, 1], sketch.bytesOfPart(compressed, rotated));
  const both = sketch.multiply(block.weight('attn_kv_b.weight'), latent);
  const part = (width: number): Node => view(both, [width, heads, tokens, 1], both.bytes);
  const value = sketch.fresh([valueWidth, heads, tokens, 1], part(valueWidth));
  const spread = sketch.fresh([rotated, heads, tokens, 1], turn(shared));
  const key = sketch.fresh(wide, part(plain), spread);
  const asked = traits.tempered ? sketch.elementwise(turn(query), sketch.temperatures()) : turn(query);
  const widths = { query: heads, keyValue: heads, key: keyWidth, value: valueWidth };
  return block.project('attn_output', attend(block, { query: asked, key, value, heads: widths }));
}

function widthsOf(block: Block): Widths {
  const { sketch, layer } = block;
  const rank = block.tensor('attn_kv_a_norm.weight')?.dimensions[0];
  const joined = block.tensor('attn_kv_a_mqa.weight')?.dimensions[1];
  const expanded = block.tensor('attn_kv_b.weight')?.dimensions[1];
  const asked = (block.tensor('attn_q.weight') ?? block.tensor('attn_q_b.weight'))?.dimensions[1];
  const heads = sketch.number('attention.head_count', layer);
  if (!rank || !joined || !expanded || !asked || !heads)
    throw new UnknownGraph('latent attention without its matrices');
  const rotated = joined - rank;
  const plain = asked / heads - rotated;
  return { heads, rank, rotated, plain, value: expanded / heads - plain };
}
