import { assertNever } from '../../../assert-never';
import { view, type Node } from './tensor-graph';
import { attention, type AttentionTraits } from './attention';
import { type Block, UnknownGraph } from './block';
import { drawBanked } from './banked-residuals';
import { compressedAttention } from './compressed-attention';
import { readStreams, writeStreams } from './joined-residuals';
import { readGated, rowsOfStreams, writeGated } from './gated-residuals';
import { addNgrams } from './ngram-embedding';
import { drawConnected } from './hyper-connections';
import { drawBeside, drawDenseAndMixture, drawHidden } from './block-feed-forward';
import { expandedAttention } from './expanded-attention';
import { latentAttention } from './latent-attention';
import { lightningAttention } from './lightning';
import { gatedDeltaNet } from './delta-net';
import { drawPostNormed, isEncoder } from './encoder';
import { drawStreams } from './gemma-3n';
import { kimiDelta } from './kimi-delta';
import { mamba, mamba2, shortConvolution } from './mamba';
import { plamoMamba } from './plamo-mamba';
import { drawRwkv } from './rwkv';
import { drawDecoder, drawEncoder } from './t5';
import type { ArchitectureTraits } from './traits';

/** One block: what mixes tokens, what computes on each alone, and the sums around them (the loop of `src/models/NAME.cpp`). */
export function drawBlock(block: Block, input: Node, traits: ArchitectureTraits, extras: Node | null): Node {
  const { sketch } = block;
  if (sketch.model.architecture === 't5') return drawDecoder(block, input);
  if (sketch.model.architecture === 't5encoder') return drawEncoder(block, input);
  if (block.has('time_mix_output.weight')) return drawRwkv(block, input, traits.norm);
  if (block.has('altup_router.weight'))
    return drawStreams(block, input, extras, (normed) => drawAttention(block, normed, traits));
  if (block.has('layer_output_norm.weight') && isEncoder(sketch.model))
    return drawPostNormed(block, input, drawAttention(block, input, traits), (normed) =>
      drawHidden(block, normed, traits),
    );
  const mixer = (normed: Node): Node => drawMixer(block, normed, traits);
  const hidden = (normed: Node): Node => drawHidden(block, normed, traits);
  if (sketch.model.architecture === 'qwen4exp')
    return drawGated(
      block,
      input,
      (normed) => drawMixer(block, normed, traits),
      (normed) => drawHidden(block, normed, traits),
    );
  if (sketch.model.architecture === 'deepseek4') return drawJoined(block, input, hidden);
  if (block.has('hc_attn_fn.weight')) return drawConnected(block, input, mixer, hidden);
  if (sketch.model.architecture === 'kimi-k3') return drawBanked(block, input, mixer, hidden);
  const early = traits.routesEarly ? sketch.multiply(block.weight('ffn_gate_inp.weight'), input) : null;
  const normed = normBefore(block, input, 'attn_norm', traits);
  if (traits.expandsNorm) sketch.expand(normed);
  if (hasAttention(block) && block.has('ssm_in.weight')) return drawBoth(block, input, normed, traits);
  if (!hasMixer(block)) return sketch.elementwise(drawHidden(block, normed, traits), input);
  // MiniMax 01 calls so the norm behind lightning attention
  const hasSecond = block.has('attn_norm_2.weight') && !traits.keepsNormed;
  const second = hasSecond ? block.norm(input, 'attn_norm_2', traits.norm) : normed;
  const mixed = drawMixer(block, second, traits);
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  if (isParallel(block, traits)) return drawParallel(block, rows(mixed), rows(input), rows(normed), traits);
  if (traits.keepsNormed) return drawOverNormed(block, rows(mixed), rows(normed), traits);
  const attended = traits.normsAllRows ? rows(normAfter(block, mixed, traits)) : rows(mixed);
  const residual = rows(input);
  const postNormed = traits.normsAllRows ? attended : normAfter(block, attended, traits);
  const scaled = traits.scaledResidual ? sketch.elementwise(postNormed) : postNormed;
  const middle =
    traits.residualFirst === 'both' || traits.residualFirst === 'first'
      ? sketch.elementwise(residual, scaled)
      : sketch.elementwise(scaled, residual);
  if (!hasFeedForward(block)) return middle;
  if (block.has('ffn_norm_exps.weight')) return drawBeside(block, middle, residual, traits);
  const output = drawFeedForward(block, middle, traits, early === null ? null : rows(early));
  const finished = block.norm(
    block.norm(output, 'post_ffw_norm', traits.norm),
    'layer_output_norm',
    traits.norm,
  );
  const weighed = traits.scaledResidual ? sketch.elementwise(finished) : finished;
  const sum =
    traits.residualFirst === 'both' || traits.residualFirst === 'second'
      ? sketch.elementwise(middle, weighed)
      : sketch.elementwise(weighed, middle);
  return drawExtras(block, sum, extras);
}

/** Qwen 4: both halves read a gated mean of the streams of residuals; before one block n-grams are added to them. */
function drawGated(
  block: Block,
  input: Node,
  mixer: (normed: Node) => Node,
  hidden: (normed: Node) => Node,
): Node {
  const { sketch } = block;
  const { ngrams } = sketch;
  const streams = block.has('ple_key.weight') && ngrams !== null ? addNgrams(block, input, ngrams) : input;
  const before = readGated(block, streams, 'attn');
  sketch.expand(before.given);
  const mixed = mixer(before.given);
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  const [given, inject] = [rows(mixed), rows(before.inject)];
  const kept = block.last ? rowsOfStreams(sketch, streams) : streams;
  const middle = writeGated(block, kept, given, inject);
  const between = readGated(block, middle, 'ffn');
  const last = writeGated(block, middle, hidden(between.given), between.inject);
  if (block.pin !== null) last.pin = block.pin;
  return last;
}

/** DeepSeek V4: both halves read a weighed sum of the streams of residuals, and give to all. */
function drawJoined(block: Block, input: Node, hidden: (normed: Node) => Node): Node {
  const { sketch } = block;
  const before = readStreams(block, input, 'attn');
  const mixed = compressedAttention(block, block.norm(before.given, 'attn_norm', 'rms'));
  const streams = writeStreams(block, mixed, input, before);
  const between = readStreams(block, streams, 'ffn');
  for (const node of [streams, between.after, between.mixing]) sketch.expand(node);
  const last = writeStreams(block, hidden(block.norm(between.given, 'ffn_norm', 'rms')), streams, between);
  // pinned to its layer as norms are (`l_last`)
  if (block.pin !== null) last.pin = block.pin;
  return last;
}

/** MiniMax 01 adds up with what was normed, not with what came in. */
function drawOverNormed(block: Block, mixed: Node, normed: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  const middle = sketch.elementwise(mixed, sketch.elementwise(normed));
  const given = block.norm(middle, 'ffn_norm', traits.norm);
  return sketch.elementwise(drawHidden(block, given, traits), sketch.elementwise(given));
}

/** The norm of this name; one without weights where the architecture has such (OLMo, Talkie). */
function normBefore(block: Block, input: Node, name: string, traits: ArchitectureTraits): Node {
  if (traits.plainNorms !== null && !block.has(`${name}.weight`))
    return block.sketch.norm(input, null, null, traits.plainNorms, null);
  return block.norm(input, name, traits.norm);
}

/** The norm of what attention gives, where that has one of its own. */
function normAfter(block: Block, attended: Node, traits: ArchitectureTraits): Node {
  if (block.has('ffn_norm.weight') || block.has('post_ffw_norm.weight')) {
    const normed = block.norm(attended, 'post_attention_norm', traits.norm);
    return block.norm(normed, 'attn_output_norm', traits.norm);
  }
  return attended;
}

/** Falcon-H1: attention and Mamba of the same input, side by side. */
function drawBoth(block: Block, input: Node, normed: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  const attended = drawAttention(block, normed, traits);
  const again = block.norm(input, 'attn_norm', traits.norm);
  const mixed = sketch.elementwise(attended, mamba2(block, again));
  const sum = sketch.elementwise(mixed, input);
  const middle = block.last ? sketch.rows(sum, sketch.outputRows()) : sum;
  return sketch.elementwise(drawFeedForward(block, middle, traits), middle);
}

function hasFeedForward(block: Block): boolean {
  return (
    block.has('ffn_up.weight') || block.has('ffn_up_exps.weight') || block.has('ffn_gate_up_exps.weight')
  );
}

function hasAttention(block: Block): boolean {
  if (block.has('ssm_conv1d_q.weight')) return false;
  const fused = block.has('attn_qkv.weight') && (block.memory.cache !== null || block.sketch.cacheless);
  return fused || block.has('attn_q.weight') || block.has('attn_kv_a_mqa.weight');
}

/** Nemotron-H has blocks of a feed-forward alone. */
function hasMixer(block: Block): boolean {
  return hasAttention(block) || block.memory.state !== null || !hasFeedForward(block);
}

function drawMixer(block: Block, input: Node, traits: ArchitectureTraits): Node {
  if (!hasAttention(block)) {
    const alone = drawRecurrent(block, input);
    if (alone === null) throw new UnknownGraph(`blk.${block.layer} has no attention`);
    return alone;
  }
  if (block.has('attn_kv_a_mqa.weight')) {
    const own = { rope: traits.rope(block.layer, null), tempered: traits.temperature === 'all' };
    return block.has('attn_k_b.weight')
      ? latentAttention(block, input, own)
      : expandedAttention(block, input, own);
  }
  return drawAttention(block, input, traits);
}

function drawAttention(block: Block, input: Node, traits: ArchitectureTraits): Node {
  const { memory } = block;
  const rope = traits.rope(block.layer, memory.cache?.window ?? null);
  const own: AttentionTraits = {
    norm: traits.norm,
    rope,
    tempered: traits.temperature === 'all' || (traits.temperature === 'unrotated' && !rope),
    scaledQuery: traits.scaledQuery,
    normedValue: traits.normedValue,
    gatedQuery: traits.gatedQuery,
    rotatesFirst: traits.rotatesFirst,
    ropeFactors: traits.ropeFactors,
  };
  return attention(block, input, own);
}

function drawRecurrent(block: Block, input: Node): Node | null {
  if (block.has('ssm_conv1d_q.weight')) return kimiDelta(block, input);
  if (block.sketch.model.architecture === 'minimax-01') return lightningAttention(block, input);
  if (block.has('shortconv.in_proj.weight')) return shortConvolution(block, input);
  if (block.has('ssm_ba.weight') || block.has('ssm_beta.weight')) return gatedDeltaNet(block, input);
  if (block.has('ssm_in.weight') && block.has('ssm_x.weight'))
    return block.sketch.model.architecture === 'plamo2' ? plamoMamba(block, input) : mamba(block, input);
  if (block.has('ssm_in.weight') && block.has('ssm_dt.bias')) return mamba2(block, input);
  return null;
}

/** Attention and feed-forward of the same normed input (Cohere, Falcon, Phi-2). */
function isParallel(block: Block, traits: ArchitectureTraits): boolean {
  if (traits.plainNorms !== null || !hasFeedForward(block)) return false;
  if (traits.parallelWithNorm) return true;
  const names = ['ffn_norm', 'post_attention_norm', 'post_ffw_norm', 'attn_output_norm'];
  return !names.some((name) => block.has(`${name}.weight`));
}

function drawParallel(
  block: Block,
  attended: Node,
  residual: Node,
  normed: Node,
  traits: ArchitectureTraits,
): Node {
  const { sketch } = block;
  switch (traits.parallelSum) {
    case 'attention, feed-forward, residual':
      return sketch.elementwise(sketch.elementwise(attended, drawHidden(block, normed, traits)), residual);
    case 'feed-forward, attention, residual':
      return sketch.elementwise(sketch.elementwise(drawHidden(block, normed, traits), attended), residual);
    case 'feed-forward, residual, attention': {
      const given = traits.parallelWithNorm ? block.norm(residual, 'ffn_norm', traits.norm) : normed;
      return sketch.elementwise(sketch.elementwise(drawHidden(block, given, traits), residual), attended);
    }
    default:
      return assertNever(traits.parallelSum);
  }
}

function drawFeedForward(
  block: Block,
  middle: Node,
  traits: ArchitectureTraits,
  logits: Node | null = null,
): Node {
  if (block.has('pre_ffw_norm_2.weight')) return drawDenseAndMixture(block, middle, traits);
  return drawHidden(block, normBefore(block, middle, nameOfFeedForwardNorm(block), traits), traits, logits);
}

/** Where a block has no `ffn_norm`, another name stands for it (Qwen3-Next, DBRX). */
function nameOfFeedForwardNorm(block: Block): string {
  if (block.has('ffn_norm.weight') || block.has('post_ffw_norm.weight')) return 'ffn_norm';
  return block.has('attn_output_norm.weight') ? 'attn_output_norm' : 'post_attention_norm';
}

/** What Gemma 4 adds behind a block: its slice of the per-layer input, and a scale. Talkie adds the scaled embedding. */
function drawExtras(block: Block, sum: Node, extras: Node | null): Node {
  const { sketch } = block;
  if (sketch.model.architecture === 'talkie' && extras !== null) {
    const skipped = block.last ? sketch.rows(extras, sketch.outputRows()) : extras;
    return sketch.elementwise(sum, sketch.elementwise(skipped, block.weight('layer_output_scale.weight')));
  }
  let result = sum;
  if (sketch.embedded !== null && block.layer < (sketch.number('n_deepstack_layers') ?? 0))
    result = sketch.elementwise(sum, view(sketch.embedded, sketch.embedded.shape, sketch.embedded.bytes));
  if (extras !== null && block.has('inp_gate.weight')) {
    const gate = sketch.elementwise(sketch.multiply(block.weight('inp_gate.weight'), sum));
    const slice = view(extras, [extras.shape[0], extras.shape[1], 1, 1]);
    const mixed = sketch.multiply(block.weight('proj.weight'), sketch.elementwise(gate, slice));
    result = sketch.elementwise(sum, block.norm(mixed, 'post_norm', 'rms'));
  }
  const scale = block.find('layer_output_scale.weight');
  return scale === null ? result : sketch.elementwise(result, scale);
}
