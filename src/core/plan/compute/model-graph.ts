import type { Model, Tensor } from '../../model/schema';
import { indexOf } from '../model-index';
import type { Settings } from '../settings';
import { Block, UnknownGraph } from './block';
import { drawBlock } from './block-graph';
import { drawTypes, isEncoder } from './encoder';
import { type Batch, Sketch } from './sketch';
import {
  type Backend,
  blankLeaf,
  F32,
  type Graph,
  I32,
  inputLeaf,
  type Node,
  type Shape,
  view,
} from './tensor-graph';
import { blockOfSlot, drawCycles, runsInCycles } from './cycles';
import { mergeStreams, spreadStreams } from './gemma-3n';
import { type Joined, mergeJoined } from './joined-residuals';
import { mergeBanked } from './banked-residuals';
import { drawRouter, drawSwitched } from './switched-adapters';
import { mergeConnections, spreadConnections } from './hyper-connections';
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
  /** Told before each block, by its position among `layers`. */
  readonly begin: (position: number) => void;
  /** Where a block's norms are pinned to; null where they are not. */
  readonly pinOf: (layer: number) => Backend | null;
  /** Whether attention without flash attention is kept on the host with its cache (`-nkvo`). */
  readonly pinned: boolean;
  /** Whether attention is one fused operation. */
  readonly flash: boolean;
  readonly joined?: Joined;
  /** Whether tensors that nothing here computes with are passed over, and counted in `Graph.missing`. */
  readonly lenient?: boolean;
}

/** Speech is put together by convolutions. */
const unlike = /^wavtokenizer-dec$/u;

/** The graph of one batch; throws UnknownGraph where a block holds tensors that nothing here computes with. */
export function drawModel(drawing: Drawing): Graph {
  const { model } = drawing;
  if (unlike.test(model.architecture ?? '')) throw new UnknownGraph('an encoder');
  const sketch = new Sketch(drawing);
  const index = indexOf(model);
  const traits = traitsOf(model);
  const embedded = drawInput(sketch, traits);
  const extras =
    model.architecture === 'talkie' ? embedded : drawPerLayerInput(sketch, embedded, index.layers);
  const drawNext = (position: number, input: Node): Node => {
    const layer = drawing.layers[position]!;
    sketch.graph.beginBlock(input);
    drawing.begin(position);
    const memory = model.layers?.[layer];
    if (memory === undefined) throw new UnknownGraph('no memory');
    const tensors = index.tensorsByLayer[blockOfSlot(model, layer)]!;
    const last = position === drawing.layers.length - 1 && !traits.rowsAfterNorm;
    const block = new Block(sketch, layer, last, memory, tensors, drawing.pinOf(layer), traits.unused);
    const result = drawBlock(block, input, traits, extras);
    const left = block.unused();
    if (left.length > 0 && !drawing.lenient) throw new UnknownGraph(left[0]!.name);
    sketch.graph.missing = Math.max(sketch.graph.missing, bytesMissing(sketch, left));
    return result;
  };
  if (runsInCycles(model)) {
    drawLogits(
      sketch,
      drawCycles(sketch, embedded, drawNext, (node) => outputNorm(sketch, node, traits)),
      traits,
    );
    return sketch.graph;
  }
  if (model.architecture === 'graniteswitch') {
    drawOutput(sketch, drawAllSwitched(sketch, drawing, embedded, traits), traits);
    return sketch.graph;
  }
  const residuals = residualsOf(sketch);
  let current = residuals.spread(embedded);
  for (const position of drawing.layers.keys()) current = drawNext(position, current);
  drawOutput(sketch, residuals.merge(current), traits);
  return sketch.graph;
}

/** Granite Switch: the router behind the blocks comes first, then the blocks with the adapters that it found. */
function drawAllSwitched(sketch: Sketch, drawing: Drawing, embedded: Node, traits: ArchitectureTraits): Node {
  const index = indexOf(sketch.model);
  const { layers } = drawing;
  const blockAt = (position: number): Block => {
    drawing.begin(position);
    const layer = layers[position]!;
    const memory = sketch.model.layers![layer]!;
    const tensors = index.tensorsByLayer[layer]!;
    const last = position === layers.length - 2;
    return new Block(sketch, layer, last, memory, tensors, drawing.pinOf(layer), traits.unused);
  };
  const chosen = drawRouter(blockAt(layers.length - 1));
  let current = embedded;
  for (let position = 0; position < layers.length - 1; position++) {
    sketch.graph.beginBlock(current);
    current = drawSwitched(blockAt(position), current, chosen, traits);
  }
  return current;
}

/** How what blocks add to is kept: as it is, or as several streams. */
interface Residuals {
  spread(embedded: Node): Node;
  merge(last: Node): Node;
}

function residualsOf(sketch: Sketch): Residuals {
  const name = sketch.model.architecture;
  const weightOf = (tensor: string): Node => outsideWeight(sketch, tensor);
  const plain: Residuals = { spread: (embedded) => embedded, merge: (last) => last };
  if (name === 'gemma3n')
    return {
      spread: (embedded) => spreadStreams(sketch, embedded),
      merge: (last) => mergeStreams(sketch, last),
    };
  if (name === 'hy_v4')
    return {
      spread: (embedded) => spreadConnections(sketch, embedded),
      merge: (last) => mergeConnections(sketch, last, weightOf),
    };
  if (name === 'deepseek4')
    return {
      spread: (embedded) => {
        sketch.expand(sketch.mask(sketch.number('attention.sliding_window')));
        return spreadConnections(sketch, embedded);
      },
      merge: (last) => mergeJoined(sketch, last, weightOf),
    };
  return name === 'kimi-k3' ? { ...plain, merge: (last) => mergeBanked(sketch, last, weightOf) } : plain;
}

function outsideWeight(sketch: Sketch, name: string): Node {
  const tensor = outside(sketch, name);
  if (tensor === undefined) throw new UnknownGraph(`no ${name}`);
  return sketch.weight(tensor);
}

/** What these weights of one block would make for a batch if all of it lived at once: of an indexer, scores of every cell too. */
function bytesMissing(sketch: Sketch, tensors: readonly Tensor[]): number {
  const { tokens, cells } = sketch.batch;
  const used = sketch.model.experts?.used ?? 1;
  // each head's scores, and what becomes of them
  const scores = 2 * (sketch.number('attention.indexer.head_count') ?? 1);
  let numbers = tensors.some(({ name }) => name.includes('indexer.')) ? cells.perStream * scores : 0;
  for (const { dimensions } of tensors) numbers += (dimensions[1] ?? 0) * (dimensions.length > 2 ? used : 1);
  return F32 * tokens * numbers;
}

function drawInput(sketch: Sketch, traits: ArchitectureTraits): Node {
  const { batch, model } = sketch;
  const width = model.embedding_length!;
  const table = outside(sketch, 'token_embd.weight');
  if (table === undefined) throw new UnknownGraph('no embedding');
  const tokens = inputLeaf([batch.tokens, 1, 1, 1], I32);
  if (model.architecture === 'graniteswitch') {
    const found = sketch.rows(sketch.weight(table), tokens);
    return traits.scaledEmbedding ? sketch.elementwise(found) : found;
  }
  const seen = sketch.number('n_deepstack_layers') ?? 0;
  sketch.tokens = tokens;
  const rows = sketch.rows(sketch.weight(table), tokens);
  // Qwen 3 VL's rows have room for what the images' encoder gives to the first blocks.
  const whole: Shape = [width * (1 + seen), batch.tokens, 1, 1];
  const padded = sketch.expand(seen === 0 ? rows : sketch.fresh(whole, rows));
  // The other way in, vectors instead of tokens, is reserved beside it and read by nobody.
  sketch.expand(inputLeaf(whole, F32));
  const looked =
    seen === 0 ? padded : view(padded, [width, batch.tokens, 1, 1], sketch.bytesOfPart(padded, width));
  if (seen > 0) sketch.embedded = looked;
  const scaled = traits.scaledEmbedding ? sketch.elementwise(looked) : looked;
  if (traits.expandsEmbedding) sketch.expand(scaled);
  const placed = drawPositions(sketch, scaled);
  const norm = outside(sketch, 'token_embd_norm.weight');
  if (norm === undefined || traits.outputNorm === norm.name)
    return traits.normedEmbedding ? sketch.elementwise(placed) : placed;
  const bias = outside(sketch, 'token_embd_norm.bias');
  return sketch.norm(
    placed,
    sketch.weight(norm),
    bias === undefined ? null : sketch.weight(bias),
    traits.norm,
    null,
  );
}

/** Learnt positions are looked up and added (GPT-2, StarCoder, MPT). */
function drawPositions(sketch: Sketch, input: Node): Node {
  const table = outside(sketch, 'position_embd.weight');
  if (isEncoder(sketch.model)) {
    const types = outside(sketch, 'token_types.weight');
    const learnt = sketch.model.architecture === 'bert' && table !== undefined ? sketch.weight(table) : null;
    return drawTypes(sketch, input, types === undefined ? null : sketch.weight(types), learnt);
  }
  if (table === undefined) return input;
  return sketch.elementwise(input, sketch.rows(sketch.weight(table), sketch.positions()));
}

/** Gemma 3n and 4 look up a second embedding for every layer (`build_inp_per_layer`, `project_per_layer_inputs`). */
function drawPerLayerInput(sketch: Sketch, input: Node, layers: number): Node | null {
  const { batch } = sketch;
  const named = (name: string): Node | null => {
    const tensor = outside(sketch, name);
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

function drawOutput(sketch: Sketch, input: Node, traits: ArchitectureTraits): void {
  const { model } = sketch;
  if (isEncoder(model)) {
    const weight = outside(sketch, traits.outputNorm);
    const ended =
      weight === undefined ? input : sketch.norm(input, sketch.weight(weight), null, traits.norm, null);
    ended.output = true;
    sketch.expand(ended);
    return;
  }
  const rows = (node: Node): Node => sketch.rows(node, sketch.outputRows());
  // What a draft head would read is kept too (`t_h_nextn`).
  if (traits.rowsAfterNorm === 'before') input.output = true;
  const early = traits.rowsAfterNorm === 'before' ? rows(input) : input;
  const normed = outputNorm(sketch, early, traits);
  if (traits.rowsAfterNorm === 'after') normed.output = true;
  const embedding = traits.rowsAfterNorm === 'after' ? rows(normed) : normed;
  drawLogits(sketch, embedding, traits);
}

function outputNorm(sketch: Sketch, input: Node, traits: ArchitectureTraits): Node {
  const weight = outside(sketch, traits.outputNorm);
  const bias = outside(sketch, 'output_norm.bias');
  return sketch.norm(
    input,
    weight === undefined ? null : sketch.weight(weight),
    bias === undefined ? null : sketch.weight(bias),
    weight === undefined ? (traits.plainNorms ?? traits.norm) : traits.norm,
    null,
  );
}

function drawLogits(sketch: Sketch, embedding: Node, traits: ArchitectureTraits): void {
  const { model } = sketch;
  const index = indexOf(model);
  embedding.output = true;
  if (index.outputMatrix === null) throw new UnknownGraph('no output');
  const product = sketch.multiply(sketch.weight(index.outputMatrix, index.tied), embedding);
  let logits = product;
  for (let step = 0; step < traits.logitSteps; step++) logits = sketch.elementwise(logits);
  // Dream loads a bias and never adds it
  const outputBias = model.architecture === 'dream' ? undefined : outside(sketch, 'output.bias');
  if (outputBias !== undefined) logits = sketch.elementwise(logits, sketch.weight(outputBias));
  // Chameleon sets the logits of image tokens in a copy.
  if (model.architecture === 'chameleon')
    logits = sketch.fresh(logits.shape, logits, sketch.elementwise(blankLeaf([8192, 1, 1, 1], F32)));
  logits.output = true;
  sketch.expand(logits);
}

/** A tensor that belongs to no block. */
function outside(sketch: Sketch, name: string): Tensor | undefined {
  return indexOf(sketch.model).outside.get(name);
}
