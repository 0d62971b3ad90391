import type { Block } from './block';
import { affine, joinStreams, mergeStreams, mixesOf, streamOf, weighedSum } from './residual-streams';
import type { Sketch } from './sketch';
import { F32, type Node, type Shape, view } from './tensor-graph';

/** Operations of DeepSeek V4's residuals that llama.cpp has in one piece, and goes without where a layer's would be computed elsewhere. */
export type Joint = 'read' | 'mix' | 'write';

export interface Joined {
  readonly read: boolean;
  readonly mix: boolean;
  readonly write: boolean;
}

/** The order in which llama.cpp tries them (`src/llama-context.cpp: resolve_fused_ops`). */
export const joints: readonly Joint[] = ['read', 'mix', 'write'];
export const allJoined: Joined = { read: true, mix: true, write: true };

/** What one half of a block reads of the streams, and how what it gives is spread over them. */
export interface Reading {
  readonly given: Node;
  readonly after: Node;
  readonly mixing: Node;
}

/** The streams' weighed sum, and the weights for the way back (`build_hc_pre` in src/models/deepseek4.cpp). */
export function readStreams(block: Block, streams: Node, half: 'attn' | 'ffn'): Reading {
  const { sketch } = block;
  const count = streams.shape[1];
  const scale = block.weight(`hc_${half}_scale.weight`);
  const base = block.weight(`hc_${half}_base.weight`);
  const mixes = mixesOf(sketch, streams, block.weight(`hc_${half}_fn.weight`));
  const part = (width: number): Node => affine(sketch, mixes, width, scale, base);
  const before = sketch.elementwise(sketch.elementwise(part(count)));
  const after = sketch.elementwise(sketch.elementwise(part(count)));
  const mixing = mixStreams(block, mixes, scale, base, () => part(count * count));
  return { given: weighStreams(block, streams, before), after, mixing };
}

/** How much of each stream goes into each: rows and columns that add up to one, by turns (Sinkhorn). */
function mixStreams(block: Block, mixes: Node, scale: Node, base: Node, part: () => Node): Node {
  const { sketch, layer } = block;
  const count = Math.round(Math.sqrt(mixes.shape[0] + 1)) - 1;
  const shape: Shape = [count, count, mixes.shape[1], 1];
  if (sketch.joined.mix) {
    const mixing = sketch.fresh(shape, mixes, scale, base);
    sketch.graph.joined.push({ node: mixing, layer, joint: 'mix' });
    return mixing;
  }
  const least = sketch.blank([1, 1, 1, 1], F32);
  const step = sketch.elementwise(least);
  let mixing = sketch.elementwise(sketch.elementwise(view(part(), shape)), step);
  const byColumn = (): void => {
    const turned = sketch.fresh(shape, view(mixing, shape));
    const sums = sketch.elementwise(sketch.fresh([1, count, shape[2], 1], turned), step);
    mixing = sketch.elementwise(mixing, view(sums, [count, 1, shape[2], 1]));
  };
  byColumn();
  for (let turn = 1; turn < (sketch.number('hyper_connection.sinkhorn_iterations') ?? 1); turn++) {
    const sums = sketch.elementwise(sketch.fresh([1, count, shape[2], 1], mixing), step);
    mixing = sketch.elementwise(mixing, sums);
    byColumn();
  }
  return mixing;
}

function weighStreams(block: Block, streams: Node, weights: Node): Node {
  const { sketch, layer } = block;
  if (!sketch.joined.read) return weighedSum(sketch, streams, weights);
  const [width, , tokens] = streams.shape;
  const sum = sketch.fresh([width, tokens, 1, 1], streams, weights);
  sketch.graph.joined.push({ node: sum, layer, joint: 'read' });
  return sum;
}

/** What a half gave, added to the streams as they are mixed (`build_hc_post`). */
export function writeStreams(block: Block, given: Node, streams: Node, { after, mixing }: Reading): Node {
  const { sketch, layer } = block;
  if (sketch.joined.write) {
    const joined = sketch.fresh(streams.shape, given, streams, after, mixing);
    sketch.graph.joined.push({ node: joined, layer, joint: 'write' });
    return joined;
  }
  const [, count, tokens] = streams.shape;
  return joinStreams(sketch, streams.shape, () => {
    const share = view(after, [1, tokens, 1, 1], after.bytes - (count - 1) * F32);
    let sum = sketch.elementwise(given, share);
    for (let from = 0; from < count; from++) {
      const mixed = view(mixing, [1, tokens, 1, 1], mixing.bytes - (count * count - 1) * F32);
      sum = sketch.elementwise(sum, sketch.elementwise(streamOf(streams), mixed));
    }
    return sum;
  });
}

/** The rows with outputs, their streams added up behind the last block. */
export function mergeJoined(sketch: Sketch, last: Node, weightOf: (name: string) => Node): Node {
  return mergeStreams(sketch, last, weightOf, weighedSum);
}
