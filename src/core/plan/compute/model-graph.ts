import type { Model, Tensor } from '../../model/schema';
import { indexOf } from '../model-index';
import type { Settings } from '../settings';
import { attention, type AttentionTraits } from './attention';
import { Block, UnknownGraph } from './block';
import { feedForward, mixture, type MixtureTraits } from './feed-forward';
import { latentAttention } from './latent-attention';
import { type DeltaNet, gatedDeltaNet, mamba2, shortConvolution } from './recurrent';
import { type Batch, Sketch } from './sketch';
import { type Backend, F32, type Graph, I32, inputLeaf, type Node, view } from './tensor-graph';
import { traitsOf, type ArchitectureTraits } from './traits';

export interface Drawing {
  readonly model: Model;
  readonly settings: Settings;
  readonly batch: Batch;
  /** Blocks to draw, in order: the same maximum as all of them, without the repetitions. */
  readonly layers: readonly number[];
  /** The host's number; devices come before it. */
  readonly host: Backend;
  readonly homeOf: (tensor: Tensor, asOutput: boolean) => Backend;
  readonly cacheHomeOf: (layer: number) => Backend;
  /** Where a block's norms are pinned to; null where they are not. */
  readonly pinOf: (layer: number) => Backend | null;
  readonly deltaNet: DeltaNet;
}

/** The graph of one batch; throws UnknownGraph where a block holds tensors that nothing here computes with. */
export function drawModel(drawing: Drawing): Graph {
  const { model, settings, batch } = drawing;
  const sketch = new Sketch(model, settings, batch, drawing.host, drawing.homeOf, drawing.cacheHomeOf);
  const index = indexOf(model);
  const traits = traitsOf(model);
  let current = drawInput(sketch, traits);
  const extras = drawPerLayerInput(sketch, current, index.layers);
  for (const [position, layer] of drawing.layers.entries()) {
    const last = position === drawing.layers.length - 1;
    const memory = model.layers?.[layer];
    if (memory === undefined) throw new UnknownGraph('no memory');
    const tensors = index.tensorsByLayer[layer]!;
    const rowsHere = last && !traits.rowsAfterNorm;
    const block = new Block(sketch, layer, rowsHere, memory, tensors, drawing.pinOf(layer));
    current = drawBlock(block, current, traits, drawing.deltaNet, extras);
    const left = block.unused();
    if (left.length > 0) throw new UnknownGraph(`blk.${layer}.${left[0]}`);
  }
  drawOutput(sketch, current, traits);
  return sketch.graph;
}

function drawInput(sketch: Sketch, traits: ArchitectureTraits): Node {
  const { batch, model } = sketch;
  const width = model.embedding_length!;
  const table = model.tensors.find((tensor) => tensor.name === 'token_embd.weight');
  if (table === undefined) throw new UnknownGraph('no embedding');
  const tokens = inputLeaf([batch.tokens, 1, 1, 1], I32);
  const looked = sketch.expand(sketch.rows(sketch.weight(table), tokens));
  // The other way in, vectors instead of tokens, is reserved beside it and read by nobody.
  sketch.expand(inputLeaf([width, batch.tokens, 1, 1], F32));
  const scaled = traits.scaledEmbedding ? sketch.elementwise(looked) : looked;
  if (traits.expandsEmbedding) sketch.expand(scaled);
  const norm = model.tensors.find((tensor) => tensor.name === 'token_embd_norm.weight');
  if (norm === undefined || traits.outputNorm === norm.name) return scaled;
  const bias = model.tensors.find((tensor) => tensor.name === 'token_embd_norm.bias');
  return sketch.norm(
    scaled,
    sketch.weight(norm),
    bias === undefined ? null : sketch.weight(bias),
    traits.norm,
    null,
  );
}

/** Gemma 3n and 4 look up a second embedding for every layer (`build_inp_per_layer`, `project_per_layer_inputs`). */
function drawPerLayerInput(sketch: Sketch, input: Node, layers: number): Node | null {
  const { model, batch } = sketch;
  const named = (name: string): Node | null => {
    const tensor = model.tensors.find((candidate) => candidate.name === name);
    return tensor === undefined ? null : sketch.weight(tensor);
  };
  const table = named('per_layer_token_embd.weight');
  const projection = named('per_layer_model_proj.weight');
  const norm = named('per_layer_proj_norm.weight');
  if (table === null || projection === null || norm === null) return null;
  const width = table.shape[0] / layers;
  const shape = [width, layers, batch.tokens, 1] as const;
  const tokens = inputLeaf([batch.tokens, 1, 1, 1], I32);
  const looked = sketch.elementwise(view(sketch.rows(table, tokens), shape));
  sketch.expand(looked);
  const projected = view(sketch.elementwise(sketch.multiply(projection, input)), shape);
  const normed = sketch.norm(projected, norm, null, 'rms', null);
  const summed = sketch.elementwise(sketch.elementwise(normed, looked));
  return sketch.fresh([width, batch.tokens, layers, 1], view(summed, [width, batch.tokens, layers, 1]));
}

function drawBlock(
  block: Block,
  input: Node,
  traits: ArchitectureTraits,
  deltaNet: DeltaNet,
  extras: Node | null,
): Node {
  const { sketch } = block;
  const normed = block.norm(input, 'attn_norm', traits.norm);
  if (traits.expandsNorm) sketch.expand(normed);
  if (hasAttention(block) && block.has('ssm_in.weight')) return drawBoth(block, input, normed, traits);
  if (!hasMixer(block)) return sketch.elementwise(drawHidden(block, normed, traits), input);
  const mixed = drawMixer(block, normed, traits, deltaNet);
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  if (isParallel(block)) return drawParallel(block, rows(mixed), rows(input), rows(normed), traits);
  const attended = rows(mixed);
  const residual = rows(input);
  const postNormed =
    block.has('ffn_norm.weight') || block.has('post_ffw_norm.weight')
      ? block.norm(attended, 'post_attention_norm', traits.norm)
      : attended;
  const scaled = traits.scaledResidual ? sketch.elementwise(postNormed) : postNormed;
  const middle =
    traits.residualFirst === 'both'
      ? sketch.elementwise(residual, scaled)
      : sketch.elementwise(scaled, residual);
  if (!hasFeedForward(block)) return middle;
  const output = drawFeedForward(block, middle, traits);
  const finished = block.norm(output, 'post_ffw_norm', traits.norm);
  const weighed = traits.scaledResidual ? sketch.elementwise(finished) : finished;
  const sum =
    traits.residualFirst !== 'neither'
      ? sketch.elementwise(middle, weighed)
      : sketch.elementwise(weighed, middle);
  return drawExtras(block, sum, extras);
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
  const fused = block.has('attn_qkv.weight') && block.memory.cache !== null;
  return fused || block.has('attn_q.weight') || block.has('attn_kv_a_mqa.weight');
}

/** Nemotron-H has blocks of a feed-forward alone. */
function hasMixer(block: Block): boolean {
  return hasAttention(block) || block.memory.state !== null || !hasFeedForward(block);
}

function drawMixer(block: Block, input: Node, traits: ArchitectureTraits, deltaNet: DeltaNet): Node {
  if (!hasAttention(block)) {
    const alone = drawRecurrent(block, input, deltaNet);
    if (alone === null) throw new UnknownGraph(`blk.${block.layer} has no attention`);
    return alone;
  }
  if (block.has('attn_kv_a_mqa.weight')) {
    if (!block.has('attn_k_b.weight')) throw new UnknownGraph('latent attention without absorbed matrices');
    return latentAttention(block, input);
  }
  return drawAttention(block, input, traits);
}

function drawAttention(block: Block, input: Node, traits: ArchitectureTraits): Node {
  const { sketch, memory } = block;
  const own: AttentionTraits = {
    norm: traits.norm,
    rope: traits.rope(block.layer, memory.cache?.window ?? null),
    scaledQuery: traits.scaledQuery,
    normedValue: traits.normedValue,
    gatedQuery: traits.gatedQuery,
    windowed: sketch.model.layers!.some((layer) => layer.cache !== null && layer.cache.window !== null),
  };
  return attention(block, input, own);
}

function drawRecurrent(block: Block, input: Node, deltaNet: DeltaNet): Node | null {
  if (block.has('shortconv.in_proj.weight')) return shortConvolution(block, input);
  if (block.has('ssm_ba.weight') || block.has('ssm_beta.weight'))
    return gatedDeltaNet(block, input, deltaNet);
  if (block.has('ssm_in.weight') && block.has('ssm_dt.bias') && !block.has('ssm_x.weight'))
    return mamba2(block, input);
  return null;
}

/** Attention and feed-forward of the same normed input (Cohere, Falcon, Phi-2). */
function isParallel(block: Block): boolean {
  return (
    hasFeedForward(block) &&
    !['ffn_norm.weight', 'post_attention_norm.weight', 'post_ffw_norm.weight'].some((name) => block.has(name))
  );
}

function drawParallel(
  block: Block,
  attended: Node,
  residual: Node,
  normed: Node,
  traits: ArchitectureTraits,
): Node {
  const { sketch } = block;
  const output = feedForward(block, normed, '', traits.squared);
  return sketch.elementwise(sketch.elementwise(output, residual), attended);
}

function drawFeedForward(block: Block, middle: Node, traits: ArchitectureTraits): Node {
  if (block.has('pre_ffw_norm_2.weight')) return drawDenseAndMixture(block, middle, traits);
  const sandwiched = block.has('ffn_norm.weight') || block.has('post_ffw_norm.weight');
  const normed = block.norm(middle, sandwiched ? 'ffn_norm' : 'post_attention_norm', traits.norm);
  return drawHidden(block, normed, traits);
}

/** The feed-forward of a block over what is normed already: dense, or a mixture with its shared experts. */
function drawHidden(block: Block, normed: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  if (!block.has('ffn_gate_inp.weight')) return feedForward(block, normed, '', traits.squared);
  const routed = mixture(block, normed, mixtureTraits(sketch, traits));
  return drawShared(block, normed, routed, traits);
}

/** Gemma 4's mixtures: a dense feed-forward and experts, each with norms of its own, and a router over the plain sum. */
function drawDenseAndMixture(block: Block, middle: Node, traits: ArchitectureTraits): Node {
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
  const scale = sketch.number('expert_weights_scale') ?? 1;
  return {
    normalised: traits.normalisedExperts,
    scaled: scale !== 1 && scale !== 0,
    softmaxAfter: traits.softmaxAfter,
    weighedBefore: traits.weighedBefore,
    squared: traits.squared,
    groups: sketch.number('expert_group_count') ?? 1,
  };
}

function drawShared(block: Block, normed: Node, routed: Node, traits: ArchitectureTraits): Node {
  const { sketch } = block;
  if (!block.has('ffn_up_shexp.weight')) return routed;
  const shared = feedForward(block, normed, '_shexp', traits.squared);
  if (!block.has('ffn_gate_inp_shexp.weight')) return sketch.elementwise(routed, shared);
  const gate = sketch.elementwise(sketch.multiply(block.weight('ffn_gate_inp_shexp.weight'), normed));
  return sketch.elementwise(routed, sketch.elementwise(shared, gate));
}

/** What Gemma 4 adds behind a block: its slice of the per-layer input, and a scale. */
function drawExtras(block: Block, sum: Node, extras: Node | null): Node {
  const { sketch } = block;
  let result = sum;
  if (extras !== null && block.has('inp_gate.weight')) {
    const gate = sketch.elementwise(sketch.multiply(block.weight('inp_gate.weight'), sum));
    const slice = view(extras, [extras.shape[0], extras.shape[1], 1, 1]);
    const mixed = sketch.multiply(block.weight('proj.weight'), sketch.elementwise(gate, slice));
    result = sketch.elementwise(sum, block.norm(mixed, 'post_norm', 'rms'));
  }
  const scale = block.find('layer_output_scale.weight');
  return scale === null ? result : sketch.elementwise(result, scale);
}

function drawOutput(sketch: Sketch, input: Node, traits: ArchitectureTraits): void {
  const { model } = sketch;
  const index = indexOf(model);
  const weight = model.tensors.find((tensor) => tensor.name === traits.outputNorm);
  const bias = model.tensors.find((tensor) => tensor.name === 'output_norm.bias');
  const rows = (node: Node): Node => sketch.rows(node, sketch.outputRows());
  // What a draft head would read is kept too (`t_h_nextn`).
  if (traits.rowsAfterNorm === 'before') input.output = true;
  const early = traits.rowsAfterNorm === 'before' ? rows(input) : input;
  const normed = sketch.norm(
    early,
    weight === undefined ? null : sketch.weight(weight),
    bias === undefined ? null : sketch.weight(bias),
    traits.norm,
    null,
  );
  if (traits.rowsAfterNorm === 'after') normed.output = true;
  const embedding = traits.rowsAfterNorm === 'after' ? rows(normed) : normed;
  embedding.output = true;
  if (index.outputMatrix === null) throw new UnknownGraph('no output');
  const product = sketch.multiply(sketch.weight(index.outputMatrix, index.tied), embedding);
  let logits = product;
  for (let step = 0; step < traits.logitSteps; step++) logits = sketch.elementwise(logits);
  const outputBias = model.tensors.find((tensor) => tensor.name === 'output.bias');
  if (outputBias !== undefined) logits = sketch.elementwise(logits, sketch.weight(outputBias));
  logits.output = true;
  sketch.expand(logits);
}
