import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import { F32, type Node, view } from './tensor-graph';

/** The embedding once for each stream of residuals (HY-V4: `src/models/hy-v4.cpp`). */
export function spreadConnections(sketch: Sketch, embedded: Node): Node {
  const streams = countOf(sketch);
  const [width, tokens] = embedded.shape;
  return sketch.fresh([width, streams, tokens, 1], embedded);
}

function countOf(sketch: Sketch): number {
  const count = sketch.number('hyper_connection.count');
  if (count === null || count === 0) throw new UnknownGraph('no streams of residuals');
  return count;
}

/** A block over several streams: each half reads a weighed sum of them, and gives to all. */
export function drawConnected(
  block: Block,
  input: Node,
  drawMixer: (normed: Node) => Node,
  drawHidden: (normed: Node) => Node,
): Node {
  const attended = half(block, input, 'attn', drawMixer);
  return half(block, attended, 'ffn', drawHidden);
}

function half(block: Block, streams: Node, name: 'attn' | 'ffn', draw: (normed: Node) => Node): Node {
  const { sketch } = block;
  const count = streams.shape[1];
  const base = block.weight(`hc_${name}_base.weight`);
  const scale = block.weight(`hc_${name}_scale.weight`);
  const mixes = mixesOf(sketch, streams, block.weight(`hc_${name}_fn.weight`));
  const part = (): Node => {
    const own = view(mixes, [count, streams.shape[2], 1, 1], sketch.bytesOfPart(mixes, count));
    const scaled = sketch.elementwise(own, view(scale, [1, 1, 1, 1]));
    return sketch.elementwise(sketch.elementwise(scaled, view(base, [count, 1, 1, 1])));
  };
  const before = sketch.elementwise(part());
  const after = sketch.elementwise(sketch.elementwise(part()));
  const normed = block.norm(reduced(sketch, streams, before), `${name}_norm`, 'rms');
  return distributed(sketch, draw(normed), streams, after);
}

/** Coefficients of all streams, from their norm. */
function mixesOf(sketch: Sketch, streams: Node, weight: Node): Node {
  const [width, count, tokens] = streams.shape;
  return sketch.multiply(weight, sketch.elementwise(view(streams, [width * count, tokens, 1, 1])));
}

/** The streams' weighed sum. */
function reduced(sketch: Sketch, streams: Node, weights: Node): Node {
  const [width, count, tokens] = streams.shape;
  const whole = sketch.fresh(streams.shape, streams);
  let sum: Node | null = null;
  for (let stream = 0; stream < count; stream++) {
    const weighed = sketch.elementwise(
      streamOf(whole, width),
      view(weights, [1, tokens, 1, 1], weights.bytes - (count - 1) * F32),
    );
    sum = sum === null ? weighed : sketch.elementwise(sum, weighed);
  }
  return sketch.fresh([width, tokens, 1, 1], sum!);
}

function streamOf(whole: Node, width: number): Node {
  const [, count, tokens] = whole.shape;
  return view(whole, [width, tokens, 1, 1], whole.bytes - (count - 1) * width * F32);
}

/** What a half gave, weighed and added to each stream. */
function distributed(sketch: Sketch, given: Node, streams: Node, weights: Node): Node {
  const [width, count, tokens] = streams.shape;
  const whole = sketch.fresh(given.shape, given);
  const weighing = sketch.fresh(weights.shape, weights);
  const residual = sketch.fresh(streams.shape, streams);
  let joined: Node | null = null;
  for (let stream = 0; stream < count; stream++) {
    const weight = view(weighing, [1, tokens, 1, 1], weighing.bytes - (count - 1) * F32);
    const sum = sketch.elementwise(streamOf(residual, width), sketch.elementwise(whole, weight));
    const one = view(sum, [width, 1, tokens, 1]);
    joined = joined === null ? one : sketch.fresh([width, stream + 1, tokens, 1], joined, one);
  }
  return sketch.fresh(streams.shape, joined!);
}

/** The rows with outputs, their streams added up behind the last block. */
export function mergeConnections(sketch: Sketch, last: Node, weightOf: (name: string) => Node): Node {
  const [width, count, tokens] = last.shape;
  const rows = sketch.rows(view(last, [width * count, tokens, 1, 1]), sketch.outputRows());
  const streams = view(rows, [width, count, rows.shape[1], 1]);
  const mixes = mixesOf(sketch, streams, weightOf('output_hc_fn.weight'));
  const scaled = sketch.elementwise(mixes, weightOf('output_hc_scale.weight'));
  const open = sketch.elementwise(sketch.elementwise(scaled, weightOf('output_hc_base.weight')));
  return reduced(sketch, streams, sketch.elementwise(open));
}
