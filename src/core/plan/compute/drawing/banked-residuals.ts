import type { Block } from './block';
import { mixture, type MixtureTraits, situ } from './feed-forward';
import type { Sketch } from './sketch';
import { type Node, type Shape, view } from './tensor-graph';

/**
 * A block of Kimi K3 (`src/models/kimi-k3.cpp`): both halves read a weighed sum of what goes in and of what went into earlier blocks,
 * which every so many blocks is banked and begun anew.
 */
export function drawBanked(
  block: Block,
  input: Node,
  drawMixer: (normed: Node) => Node,
  hidden: (normed: Node) => Node,
): Node {
  const { sketch } = block;
  const step = sketch.number('attn_res.block_size') ?? 0;
  const mixed = (name: string, current: Node): Node =>
    step === 0 ? current : mixBanked(sketch, current, block.weight(`${name}.weight`));
  const first = mixed('attn_res_score', input);
  const banks = step > 0 && block.layer % step === 0;
  if (banks) bank(sketch, input);
  const normed = sketch.expand(block.norm(first, 'attn_norm', 'rms'));
  const attended = drawMixer(normed);
  const middle = banks ? attended : sketch.elementwise(input, attended);
  const given = block.norm(mixed('ffn_res_score', middle), 'ffn_norm', 'rms');
  return sketch.elementwise(middle, hidden(given));
}

function bank(sketch: Sketch, input: Node): void {
  const [width, tokens] = input.shape;
  const one = view(input, [width, 1, tokens, 1]);
  const { banked } = sketch;
  sketch.banked = banked === null ? one : sketch.fresh([width, banked.shape[1] + 1, tokens, 1], banked, one);
}

/** The current residual and all that were banked, weighed by a softmax over their scores. */
export function mixBanked(sketch: Sketch, current: Node, weight: Node): Node {
  const { banked } = sketch;
  if (banked === null) return current;
  const [width, count, tokens] = banked.shape;
  const score = (node: Node, rows: Shape): Node =>
    sketch.fresh(rows, sketch.elementwise(sketch.elementwise(node), weight));
  const earlier = view(score(banked, [1, count, tokens, 1]), [count, tokens, 1, 1]);
  const own = score(current, [1, tokens, 1, 1]);
  const shares = sketch.elementwise(sketch.fresh([count + 1, tokens, 1, 1], earlier, own));
  const part = (rows: number): Node =>
    sketch.fresh([rows, tokens, 1, 1], view(shares, [rows, tokens, 1, 1], sketch.bytesOfPart(shares, rows)));
  const sum = sketch.fresh([width, tokens, 1, 1], banked, part(count));
  return sketch.elementwise(sum, sketch.elementwise(current, part(1)));
}

/** Kimi K3's feed-forward: experts in a narrower space than the block, beside shared ones in its own. */
export function drawLatentHidden(block: Block, normed: Node, traits: MixtureTraits): Node {
  const { sketch } = block;
  if (!block.has('ffn_gate_inp.weight')) return situForward(block, normed, '');
  const narrow = block.find('ffn_routed_down.weight');
  const given = narrow === null ? normed : sketch.multiply(narrow, normed);
  const logits = sketch.multiply(block.weight('ffn_gate_inp.weight'), normed);
  const routed = block.norm(mixture(block, given, traits, logits), 'ffn_routed_norm', 'rms');
  const widen = block.find('ffn_routed_up.weight');
  const result = widen === null ? routed : sketch.multiply(widen, routed);
  return block.has('ffn_gate_shexp.weight')
    ? sketch.elementwise(result, situForward(block, normed, '_shexp'))
    : result;
}

function situForward(block: Block, input: Node, suffix: '' | '_shexp'): Node {
  const { sketch } = block;
  const weight = (name: string): Node => block.weight(`ffn_${name}${suffix}.weight`);
  const gate = sketch.multiply(weight('gate'), input);
  const up = sketch.multiply(weight('up'), input);
  return sketch.multiply(weight('down'), situ(sketch, gate, up));
}

/** What behind the last block is normed: the rows with outputs. */
export function mergeBanked(sketch: Sketch, last: Node, weightOf: (name: string) => Node): Node {
  const step = sketch.number('attn_res.block_size') ?? 0;
  const mixed = step === 0 ? last : mixBanked(sketch, last, weightOf('output_res_score.weight'));
  return sketch.rows(mixed, sketch.outputRows());
}
