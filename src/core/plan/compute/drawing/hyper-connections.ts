import { type Block, UnknownGraph } from './block';
import { affine, joinStreams, mergeStreams, mixesOf, streamOf, weighedSum } from './residual-streams';
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
  const part = (): Node => affine(sketch, mixes, count, scale, base);
  const before = sketch.elementwise(part());
  const after = sketch.elementwise(sketch.elementwise(part()));
  const normed = block.norm(reduced(sketch, streams, before), `${name}_norm`, 'rms');
  return distributed(sketch, draw(normed), streams, after);
}

/** The streams' weighed sum, of a copy of them. */
function reduced(sketch: Sketch, streams: Node, weights: Node): Node {
  const [width, , tokens] = streams.shape;
  const whole = sketch.fresh(streams.shape, streams);
  return sketch.fresh([width, tokens, 1, 1], weighedSum(sketch, whole, weights));
}

/** What a half gave, weighed and added to each stream. */
function distributed(sketch: Sketch, given: Node, streams: Node, weights: Node): Node {
  const [, count, tokens] = streams.shape;
  const whole = sketch.fresh(given.shape, given);
  const weighing = sketch.fresh(weights.shape, weights);
  const residual = sketch.fresh(streams.shape, streams);
  const joined = joinStreams(sketch, streams.shape, () => {
    const weight = view(weighing, [1, tokens, 1, 1], weighing.bytes - (count - 1) * F32);
    return sketch.elementwise(streamOf(residual), sketch.elementwise(whole, weight));
  });
  return sketch.fresh(streams.shape, joined);
}

/** The rows with outputs, their streams added up behind the last block. */
export function mergeConnections(sketch: Sketch, last: Node, weightOf: (name: string) => Node): Node {
  return mergeStreams(sketch, last, weightOf, reduced);
}
