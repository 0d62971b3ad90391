import type { Sketch } from './sketch';
import { F32, type Node, view } from './tensor-graph';

/** One of the streams of residuals. */
export function streamOf(streams: Node): Node {
  const [width, count, tokens] = streams.shape;
  return view(streams, [width, tokens, 1, 1], streams.bytes - (count - 1) * width * F32);
}

/** Coefficients of all streams, from their norm. */
export function mixesOf(sketch: Sketch, streams: Node, weight: Node): Node {
  const [width, count, tokens] = streams.shape;
  return sketch.multiply(weight, sketch.elementwise(view(streams, [width * count, tokens, 1, 1])));
}

/** So many of the coefficients, scaled and shifted. */
export function affine(sketch: Sketch, mixes: Node, width: number, scale: Node, base: Node): Node {
  const own = view(mixes, [width, mixes.shape[1], 1, 1], sketch.bytesOfPart(mixes, width));
  const scaled = sketch.elementwise(own, view(scale, [1, 1, 1, 1]));
  return sketch.elementwise(scaled, view(base, [width, 1, 1, 1]));
}

/** The streams' weighed sum, one weight a stream and token. */
export function weighedSum(sketch: Sketch, streams: Node, weights: Node): Node {
  const [, count, tokens] = streams.shape;
  let sum: Node | null = null;
  for (let stream = 0; stream < count; stream++) {
    const own = view(weights, [1, tokens, 1, 1], weights.bytes - (count - 1) * F32);
    const weighed = sketch.elementwise(streamOf(streams), own);
    sum = sum === null ? weighed : sketch.elementwise(sum, weighed);
  }
  return sum!;
}

/** Streams put behind each other one by one, as `drawOne` draws them. */
export function joinStreams(
  sketch: Sketch,
  [width, count, tokens]: Node['shape'],
  drawOne: () => Node,
): Node {
  let joined: Node | null = null;
  for (let stream = 0; stream < count; stream++) {
    const one = view(drawOne(), [width, 1, tokens, 1]);
    joined = joined === null ? one : sketch.fresh([width, stream + 1, tokens, 1], joined, one);
  }
  return joined!;
}

/** The rows with outputs, their streams added up behind the last block as `sum` does (`build_hc_head`). */
export function mergeStreams(
  sketch: Sketch,
  last: Node,
  weightOf: (name: string) => Node,
  sum: (sketch: Sketch, streams: Node, weights: Node) => Node,
): Node {
  const [width, count, tokens] = last.shape;
  const rows = sketch.rows(view(last, [width * count, tokens, 1, 1]), sketch.outputRows());
  const streams = view(rows, [width, count, rows.shape[1], 1]);
  const mixes = mixesOf(sketch, streams, weightOf('output_hc_fn.weight'));
  const scaled = sketch.elementwise(mixes, weightOf('output_hc_scale.weight'));
  const open = sketch.elementwise(sketch.elementwise(scaled, weightOf('output_hc_base.weight')));
  return sum(sketch, streams, sketch.elementwise(open));
}
