import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import { F32, I32, type Node, operation, type Shape, view } from './tensor-graph';

/** A dense feed-forward of tensors `ffn_up`, `ffn_gate`, `ffn_down` with this suffix (`build_ffn` in src/llama-graph.cpp). */
export function feedForward(block: Block, input: Node, suffix: '' | '_shexp' = '', squared = false): Node {
  const up = block.project(`ffn_up${suffix}`, input);
  const hidden = block.has(`ffn_gate${suffix}.weight`)
    ? gated(block, block.project(`ffn_gate${suffix}`, input), up, 'swiglu_clamp_shexp')
    : activate(block, up, suffix, squared);
  // BitNet
  const normed = suffix === '' ? block.norm(hidden, 'ffn_sub_norm', 'rms') : hidden;
  return block.project(`ffn_down${suffix}`, normed);
}

/** Without a gate tensor: a gate in the upper half of `ffn_up` (Phi-3), or a plain activation in place. */
function activate(block: Block, up: Node, suffix: string, squared: boolean): Node {
  const { sketch } = block;
  const width = block.tensor(`ffn_down${suffix}.weight`)?.dimensions[0] ?? up.shape[0];
  if (up.shape[0] === 2 * width) return sketch.fresh([width, up.shape[1], up.shape[2], up.shape[3]], up);
  const active = sketch.elementwise(up);
  return squared ? sketch.elementwise(active) : active;
}

/** Gate and value in one operation; in several where the file bounds what they may be (`build_ffn`, `build_moe_ffn`). */
function gated(block: Block, gate: Node, up: Node, limit: 'swiglu_clamp_exp' | 'swiglu_clamp_shexp'): Node {
  const { sketch, layer } = block;
  const most = sketch.number(limit, layer) ?? 0;
  if (most <= LEAST_LIMIT || clampsAtOnce.test(sketch.model.architecture ?? ''))
    return sketch.fresh(up.shape, gate, up);
  return sketch.elementwise(sketch.elementwise(sketch.elementwise(gate)), sketch.elementwise(up));
}

/** A lower limit is none. */
const LEAST_LIMIT = 1e-6;
/** Architectures whose bounded gate is one operation too. */
const clampsAtOnce = /^(maple|deepseek4|hy_v4)$/u;

/** `situ(gate, up)`: both bent by a hyperbolic tangent. */
export function situ(sketch: Sketch, gate: Node, up: Node): Node {
  const bent = (node: Node): Node => sketch.elementwise(sketch.elementwise(sketch.elementwise(node)));
  const active = sketch.elementwise(bent(gate), sketch.elementwise(gate));
  const bounded = (sketch.number('activation.situ_linear_beta') ?? 0) > 0;
  return sketch.elementwise(active, bounded ? bent(up) : up);
}

/** How one architecture's mixture differs from the common one. */
export interface MixtureTraits {
  /** The chosen experts' weights are normalised to a sum of one. */
  readonly normalised: boolean;
  readonly scaled: boolean;
  /** The softmax runs over the chosen experts only (gpt-oss). */
  readonly softmaxAfter: boolean;
  /** Weights are applied before the experts (Llama 4). */
  readonly weighedBefore: boolean;
  /** Experts are chosen by the router's logits, not by what becomes of them (Llama 4). */
  readonly selectsByLogits: boolean;
  /** No gate, and the activation is squared (Nemotron-H). */
  readonly squared: boolean;
  /** Of what the router's scores become the root is taken (DeepSeek V4). */
  readonly rooted: boolean;
  /** Gates are activated by SiTU (Kimi K3). */
  readonly situ: boolean;
  /** Groups of experts of which some are left out first (DeepSeek-V3). */
  readonly groups: number;
  /** Which experts: the block's, or the smaller ones that a second pass is made of (GroveMoE). */
  readonly suffix: 'exps' | 'chexps';
}

/** A mixture of experts over `input` (`build_moe_ffn` in src/llama-graph.cpp); `logits` where the router ran elsewhere. */
export function mixture(block: Block, input: Node, traits: MixtureTraits, logits: Node | null = null): Node {
  const { sketch } = block;
  const facts = sketch.model.experts;
  if (facts === null || facts.used === null) throw new UnknownGraph('no experts');
  const tokens = input.shape[1];
  const { suffix } = traits;
  const routed = logits ?? sketch.routed(block.layer, () => block.project('ffn_gate_inp', input));
  const count = block.tensor(`ffn_up_${suffix}.weight`)?.dimensions[2] ?? facts.count;
  const used = Math.min(facts.used, count);
  const probable = traits.softmaxAfter ? routed : sketch.elementwise(routed);
  const probabilities = traits.rooted ? sketch.elementwise(probable) : probable;
  const bias = block.find('exp_probs_b.bias') ?? block.find('exp_probs_b');
  const biased = bias === null ? probabilities : sketch.elementwise(probabilities, bias);
  const candidates = traits.selectsByLogits ? routed : biased;
  const selection = traits.groups > 1 ? grouped(block, candidates, traits.groups) : candidates;
  const chosen = lookedUp(block, used) ?? bestExperts(selection, used);
  const weights = expertWeights(block, probabilities, chosen, count, used, traits);
  sketch.expand(weights);
  const each = view(input, [input.shape[0], 1, tokens, 1]);
  const given = traits.weighedBefore
    ? sketch.elementwise(sketch.fresh([input.shape[0], used, tokens, 1], each), weights)
    : each;
  const down = expertProject(block, `ffn_down_${suffix}`, expertHidden(block, given, chosen, traits), chosen);
  const weighed = traits.weighedBefore ? down : sketch.elementwise(down, weights);
  sketch.expand(weighed);
  return gather(block, weighed, used, tokens);
}

function bestExperts(selection: Node, used: number): Node {
  const [count, tokens] = selection.shape;
  const sorted = operation([count, tokens, 1, 1], [selection], { elementBytes: I32 });
  return view(sorted, [used, tokens, 1, 1], sorted.bytes - (count - used) * I32);
}

/** Experts that a table has for each token, whatever the router says (DeepSeek V4's first blocks); null where there is none. */
function lookedUp(block: Block, used: number): Node | null {
  const { sketch } = block;
  const table = block.find('ffn_gate_tid2eid.weight');
  if (table === null || sketch.tokens === null) return null;
  return operation([used, sketch.batch.tokens, 1, 1], [table, sketch.tokens], { rows: 0, elementBytes: I32 });
}

function expertWeights(
  block: Block,
  probabilities: Node,
  chosen: Node,
  count: number,
  used: number,
  traits: MixtureTraits,
): Node {
  const { sketch } = block;
  const tokens = chosen.shape[1];
  const flat: Shape = [used, tokens, 1, 1];
  const deep: Shape = [1, used, tokens, 1];
  let weights = operation(deep, [view(probabilities, [1, count, tokens, 1]), chosen], { rows: 0 });
  if (traits.softmaxAfter) weights = view(sketch.elementwise(view(weights, flat)), deep);
  if (traits.normalised) {
    const rows = view(weights, flat);
    const sum = sketch.elementwise(sketch.fresh([1, tokens, 1, 1], rows));
    weights = view(sketch.elementwise(rows, sum), deep);
  }
  return traits.scaled ? sketch.elementwise(weights) : weights;
}

/** Two best of each group, the best groups, the others masked. */
function grouped(block: Block, probabilities: Node, groups: number): Node {
  const { sketch } = block;
  const [count, tokens] = probabilities.shape;
  const inGroup = view(probabilities, [count / groups, groups, tokens, 1]);
  const sorted = operation(inGroup.shape, [inGroup], { elementBytes: I32 });
  const best = operation(
    [1, 2, groups, tokens],
    [view(probabilities, [1, count / groups, groups, tokens]), view(sorted, [2, groups, tokens, 1])],
  );
  const sums = sketch.fresh([1, groups, tokens, 1], view(best, [2, groups, tokens, 1]));
  const order = operation([groups, tokens, 1, 1], [view(sums, [groups, tokens, 1, 1])], {
    elementBytes: I32,
  });
  const kept = sketch.fresh(inGroup.shape, inGroup, order);
  const masked = sketch.fresh(inGroup.shape, sketch.elementwise(inGroup), kept, order);
  return view(masked, probabilities.shape);
}

function expertHidden(block: Block, given: Node, chosen: Node, traits: MixtureTraits): Node {
  const { sketch } = block;
  const { suffix } = traits;
  if (block.has(`ffn_gate_up_${suffix}.weight`)) {
    const both = expertProject(block, `ffn_gate_up_${suffix}`, given, chosen);
    const half: Shape = [both.shape[0] / 2, both.shape[1], both.shape[2], 1];
    const part = (): Node => view(both, half, sketch.bytesOfPart(both, half[0]));
    return sketch.fresh(half, part(), part());
  }
  const up = expertProject(block, `ffn_up_${suffix}`, given, chosen);
  if (!block.has(`ffn_gate_${suffix}.weight`)) {
    const active = sketch.elementwise(up);
    return traits.squared ? sketch.elementwise(active) : active;
  }
  const gate = expertProject(block, `ffn_gate_${suffix}`, given, chosen);
  return traits.situ ? situ(sketch, gate, up) : gated(block, gate, up, 'swiglu_clamp_exp');
}

function expertProject(block: Block, name: string, input: Node, chosen: Node): Node {
  const { sketch } = block;
  const result = sketch.multiplyExperts(block.weight(`${name}.weight`), input, chosen);
  const scaled = expertScaled(block, name, result, chosen);
  const bias = block.find(`${name}.bias`);
  return bias === null ? scaled : sketch.elementwise(scaled, bias, chosen);
}

/** A scale an expert is spread over the tokens first (`build_lora_mm_id`). */
function expertScaled(block: Block, name: string, result: Node, chosen: Node): Node {
  const { sketch } = block;
  const scale = block.find(`${name}.scale`);
  if (scale === null) return result;
  const [count] = scale.shape;
  const [used, tokens] = chosen.shape;
  const spread = sketch.fresh([1, count, tokens, 1], view(scale, [1, count, 1, 1]));
  return sketch.elementwise(result, operation([1, used, tokens, 1], [spread, chosen], { rows: 0 }));
}

/** The chosen experts' results, added up one after the other. */
function gather(block: Block, experts: Node, used: number, tokens: number): Node {
  const { sketch } = block;
  const shape: Shape = [experts.shape[0], tokens, 1, 1];
  const spanned = experts.bytes - (used - 1) * shape[0] * F32;
  const parts = Array.from({ length: used }, () => sketch.expand(view(experts, shape, spanned)));
  let sum = parts[0]!;
  for (const part of parts.slice(1)) sum = sketch.expand(sketch.elementwise(sum, part));
  return used === 1 ? sketch.fresh(shape, sum) : sum;
}
