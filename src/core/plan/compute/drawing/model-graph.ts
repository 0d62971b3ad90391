import type { Model, Tensor } from '../../../model/schema';
import { indexOf } from '../../model-index';
import type { Settings } from '../../settings';
import { Block, UnknownGraph } from './block';
import { drawBlock } from './block-graph';
import type { Batch } from './sheet';
import { Sketch } from './sketch';
import { type Backend, F32, type Graph, type Node } from './tensor-graph';
import { blockOfSlot, drawCycles, runsInCycles } from './cycles';
import { mergeStreams, spreadStreams } from './gemma-3n';
import { type Joined, mergeJoined } from './joined-residuals';
import { assistanceOf, drawAssisted, isAssistant } from './assistant';
import { draftsBlocks, drawDrafted, drawDraftedLogits, padForSampling } from './block-drafter';
import {
  drawInput,
  drawLogits,
  drawOutput,
  drawPerLayerInput,
  outputNorm,
  outsideWeight,
} from './outside-blocks';
import { mergeGated } from './gated-residuals';
import { drawNgrams } from './ngram-embedding';
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
  if (isAssistant(drawing.model)) return drawAssistant(drawing);
  const { model } = drawing;
  if (unlike.test(model.architecture ?? '')) throw new UnknownGraph('an encoder');
  const sketch = new Sketch(drawing);
  const index = indexOf(model);
  const traits = traitsOf(model);
  if (draftsBlocks(model)) {
    const drawNext = blockDrawer(sketch, drawing, traits, null);
    let current = drawDrafted(sketch, traits);
    for (const position of drawing.layers.keys()) current = drawNext(position, current);
    drawDraftedLogits(sketch, current, traits);
    return sketch.graph;
  }
  const embedded = drawInput(sketch, traits);
  const extras =
    model.architecture === 'talkie' ? embedded : drawPerLayerInput(sketch, embedded, index.layers);
  const drawNext = blockDrawer(sketch, drawing, traits, extras);
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
  if (model.architecture === 'qwen4exp') {
    sketch.ngrams = drawNgrams(sketch);
    let streams = spreadConnections(sketch, embedded);
    for (const position of drawing.layers.keys()) streams = drawNext(position, streams);
    drawLogits(
      sketch,
      mergeGated(sketch, streams, (name) => outsideWeight(sketch, name)),
      traits,
    );
    return sketch.graph;
  }
  const residuals = residualsOf(sketch);
  let current = residuals.spread(embedded);
  for (const position of drawing.layers.keys()) current = drawNext(position, current);
  drawOutput(sketch, residuals.merge(current), traits);
  return sketch.graph;
}

/** Draws the block at a position of the drawing. */
function blockDrawer(
  sketch: Sketch,
  drawing: Drawing,
  traits: ArchitectureTraits,
  extras: Node | null,
): (position: number, input: Node) => Node {
  const { model } = sketch;
  const { tensorsByLayer } = indexOf(model);
  return (position, input) => {
    const layer = drawing.layers[position]!;
    sketch.graph.beginBlock(input);
    drawing.begin(position);
    const memory = model.layers?.[layer];
    if (memory === undefined) throw new UnknownGraph('no memory');
    const tensors = tensorsByLayer[blockOfSlot(model, layer)]!;
    const last = position === drawing.layers.length - 1 && !traits.rowsAfterNorm;
    const block = new Block(sketch, layer, last, memory, tensors, drawing.pinOf(layer), traits.unused);
    const result = drawBlock(block, input, traits, extras);
    const left = block.unused();
    if (left.length > 0 && !drawing.lenient) throw new UnknownGraph(left[0]!.name);
    sketch.graph.missing = Math.max(sketch.graph.missing, bytesMissing(sketch, left));
    return result;
  };
}

/** A draft model that reads the caches of the model that it drafts for, and hands its state on beside the logits. */
function drawAssistant(drawing: Drawing): Graph {
  const assistance = assistanceOf(drawing.model, drawing.settings);
  const sketch = new Sketch({ ...drawing, ...assistance });
  const traits = traitsOf(sketch.model);
  const { target } = drawing.settings;
  const before = outsideWeight(sketch, 'nextn.pre_projection.weight');
  const drawNext = blockDrawer(sketch, drawing, traits, null);
  let current = drawAssisted(sketch, target!, before);
  for (const position of drawing.layers.keys()) current = drawNext(position, current);
  const normed = outputNorm(sketch, current, traits);
  const { outputMatrix, tied } = indexOf(sketch.model);
  if (outputMatrix === null) throw new UnknownGraph('no output');
  const results = [
    sketch.multiply(sketch.weight(outputMatrix, tied), normed),
    sketch.multiply(outsideWeight(sketch, 'nextn.post_projection.weight'), normed),
  ];
  for (const result of results) {
    result.output = true;
    sketch.expand(result);
  }
  padForSampling(sketch, results[0]!);
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
