import type { Model } from '../../../model/schema';
import { drawLatentHidden } from './banked-residuals';
import type { Block } from './block';
import { feedForward, mixture, type MixtureTraits } from './feed-forward';
import type { Sketch } from './sketch';
import type { Node } from './tensor-graph';
import type { ArchitectureTraits } from './traits';

/** The feed-forward of a block over what is normed already: dense, or a mixture with its shared experts. */
export function drawHidden(
  block: Block,
  normed: Node,
  traits: ArchitectureTraits,
  logits: Node | null = null,
): Node {
  const { sketch } = block;
  if (traits.situ) return drawLatentHidden(block, normed, mixtureTraits(sketch, traits));
  if (passesExpertsOver(sketch.model, block.layer)) {
    block.skipAll(/^(ffn_|exp_probs_b)/u);
    return normed;
  }
  if (!block.has('ffn_gate_inp.weight')) return feedForward(block, normed, '', traits.squared);
  const routed = drawRouted(block, normed, mixtureTraits(sketch, traits), logits);
  // Grok: a dense feed-forward beside the experts, their mean scaled. Elsewhere one that stands there too is not computed.
  if (traits.denseBesideExperts && block.has('ffn_up.weight'))
    return sketch.elementwise(feedForward(block, normed), routed);
  block.skipAll(/^ffn_(up|gate|down)\.(weight|bias)$/u);
  if (block.has('ffn_up_chexps.weight')) return drawChunks(block, routed, traits);
  return drawShared(block, normed, routed, traits);
}

/**
 * Ernie 4.5's mixtures with a step: llama.cpp computes a dense feed-forward in the blocks between, for which it never loads tensors
 * (`src/models/ernie4-5-moe.cpp`, `ernie4-5.cpp`). Refact's graph has no experts at all, though it loads them (`refact.cpp`).
 */
export function passesExpertsOver({ architecture, metadata, experts }: Model, layer: number): boolean {
  if (architecture === 'refact') return experts !== null;
  if (architecture !== 'ernie4_5-moe') return false;
  const step = metadata['ernie4_5-moe.interleave_moe_layer_step'];
  const lead = metadata['ernie4_5-moe.leading_dense_block_count'];
  return typeof step === 'number' && step > 1 && (layer + 1) % step !== 0 && layer >= Number(lead ?? 0);
}

/** Experts, in a narrower space than the block's where it has one (Nemotron 3 Super). */
function drawRouted(block: Block, normed: Node, traits: MixtureTraits, logits: Node | null): Node {
  const { sketch } = block;
  const narrow = block.find('ffn_latent_down.weight');
  if (narrow === null) return mixture(block, normed, traits, logits);
  const given = sketch.multiply(narrow, normed);
  const routed = mixture(block, given, traits, logits ?? block.project('ffn_gate_inp', normed));
  return sketch.multiply(block.weight('ffn_latent_up.weight'), routed);
}

/** GroveMoE: smaller experts over what the experts gave, chosen by the same router. */
function drawChunks(block: Block, routed: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  const smaller = mixture(block, routed, { ...mixtureTraits(sketch, traits), suffix: 'chexps' });
  return sketch.elementwise(routed, sketch.elementwise(smaller));
}

/** Gemma 4's mixtures: a dense feed-forward and experts, each with norms of its own, and a router over the plain sum. */
export function drawDenseAndMixture(block: Block, middle: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  const dense = block.norm(
    feedForward(block, block.norm(middle, 'ffn_norm', 'rms')),
    'post_ffw_norm_1',
    'rms',
  );
  const given = block.norm(middle, 'pre_ffw_norm_2', 'rms');
  const scaled = sketch.elementwise(
    sketch.elementwise(sketch.elementwise(middle)),
    block.weight('ffn_gate_inp.scale'),
  );
  const logits = sketch.multiply(block.weight('ffn_gate_inp.weight'), scaled);
  const routed = mixture(block, given, mixtureTraits(sketch, traits), logits);
  return sketch.elementwise(dense, block.norm(routed, 'post_ffw_norm_2', 'rms'));
}

function mixtureTraits(sketch: Sketch, traits: ArchitectureTraits): MixtureTraits {
  return {
    normalised: traits.normalisedExperts,
    scaled: traits.scaledExperts,
    softmaxAfter: traits.softmaxAfter,
    weighedBefore: traits.weighedBefore,
    selectsByLogits: traits.weighedBefore,
    squared: traits.squared,
    rooted: traits.rooted,
    situ: traits.situ,
    groups: sketch.number('expert_group_count') ?? 1,
    suffix: 'exps',
  };
}

function drawShared(block: Block, normed: Node, routed: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  if (!block.has('ffn_up_shexp.weight')) return routed;
  const shared = feedForward(block, normed, '_shexp', traits.squared);
  if (!block.has('ffn_gate_inp_shexp.weight')) return sketch.elementwise(routed, shared);
  const asked = sketch.multiply(block.weight('ffn_gate_inp_shexp.weight'), normed);
  // Qwen2's mixtures compute a sigmoid as silu(x) / x.
  const gate = traits.dividesGate
    ? sketch.elementwise(sketch.elementwise(asked), asked)
    : sketch.elementwise(asked);
  if (traits.dividesGate) {
    const again = feedForward(block, normed, '_shexp', traits.squared);
    return sketch.elementwise(routed, sketch.elementwise(again, gate));
  }
  return sketch.elementwise(routed, sketch.elementwise(shared, gate));
}

/** Arctic: a mixture over the block's input beside the dense feed-forward. */
export function drawBeside(block: Block, middle: Node, residual: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  const dense = feedForward(block, block.norm(middle, 'ffn_norm', traits.norm));
  const first = sketch.elementwise(dense, middle);
  const given = block.norm(residual, 'ffn_norm_exps', traits.norm);
  return sketch.elementwise(mixture(block, given, mixtureTraits(sketch, traits)), first);
}
