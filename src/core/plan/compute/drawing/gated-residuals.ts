import type { Block } from './block';
import type { Sketch } from './sketch';
import { F32, type Node, view } from './tensor-graph';

/** What one half of a block reads of the streams, and how much of what it gives goes into each (Qwen 4: `build_hc_mix`). */
export interface GatedReading {
  readonly given: Node;
  readonly inject: Node;
}

export function readGated(block: Block, streams: Node, half: 'attn' | 'ffn'): GatedReading {
  const { sketch, layer } = block;
  const weightOf = (part: string): Node => block.weight(`hc_${half}_${part}.weight`);
  const { normed, gate } = gateOf(sketch, streams, weightOf);
  const given = sketch.joined.read
    ? sketch.fresh(
        [streams.shape[0], streams.shape[2], 1, 1],
        view(normed, streams.shape),
        view(gate, streams.shape),
      )
    : meanOf(sketch, streams, normed, gate);
  if (sketch.joined.read) sketch.graph.joined.push({ node: given, layer, joint: 'read' });
  return { given, inject: sketch.multiply(weightOf('inject'), normed) };
}

interface Gate {
  readonly normed: Node;
  readonly gate: Node;
}

function gateOf(sketch: Sketch, streams: Node, weightOf: (part: string) => Node): Gate {
  const [width, count, tokens] = streams.shape;
  const scaled = sketch.elementwise(sketch.elementwise(streams), weightOf('norm'));
  const normed = view(scaled, [width * count, tokens, 1, 1]);
  const narrow = sketch.elementwise(sketch.elementwise(sketch.multiply(weightOf('down'), normed)));
  return { normed, gate: sketch.multiply(weightOf('up'), narrow) };
}

function meanOf(sketch: Sketch, streams: Node, normed: Node, gate: Node): Node {
  const [width, count, tokens] = streams.shape;
  const gated = view(sketch.elementwise(normed, sketch.elementwise(gate)), streams.shape);
  const one = (): Node => view(gated, [width, tokens, 1, 1], gated.bytes - (count - 1) * width * F32);
  let sum = sketch.fresh([width, tokens, 1, 1], one());
  for (let stream = 1; stream < count; stream++) sum = sketch.elementwise(sum, one());
  return sketch.elementwise(sum);
}

/** What a half gave, added to each stream by its weight (`build_hc_combine`). */
export function writeGated(block: Block, streams: Node, given: Node, inject: Node): Node {
  const { sketch, layer } = block;
  const weights = sketch.elementwise(sketch.elementwise(sketch.elementwise(inject)));
  const [width, count, tokens] = streams.shape;
  if (sketch.joined.write) {
    const joined = sketch.fresh(streams.shape, given, streams, weights);
    sketch.graph.joined.push({ node: joined, layer, joint: 'write' });
    return joined;
  }
  const spread = sketch.fresh(streams.shape, view(given, [width, 1, tokens, 1]));
  return sketch.elementwise(streams, sketch.elementwise(spread, view(weights, [1, count, tokens, 1])));
}

/** The rows with outputs of what a block's first half reads and gives. */
export function rowsOfStreams(sketch: Sketch, streams: Node): Node {
  const [width, count, tokens] = streams.shape;
  const rows = sketch.rows(view(streams, [width * count, tokens, 1, 1]), sketch.outputRows());
  return view(rows, [width, count, rows.shape[1], 1]);
}

/** What is behind the last block is the output's norm too. */
export function mergeGated(sketch: Sketch, last: Node, weightOf: (name: string) => Node): Node {
  const { normed, gate } = gateOf(sketch, last, (part) => weightOf(`output_hc_${part}.weight`));
  return meanOf(sketch, last, normed, gate);
}
