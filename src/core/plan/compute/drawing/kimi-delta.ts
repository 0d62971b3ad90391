import { type Block, UnknownGraph } from './block';
import { deltaNet } from './delta-net';
import { appendToState, gatherState, readState } from './recurrent-state';
import { type Node, operation, type Shape, view } from './tensor-graph';

/** What Kimi delta attention's tensors are shaped by. */
interface Sizes {
  readonly heads: number;
  readonly head: number;
  readonly taps: number;
  /** Tokens of each sequence. */
  readonly each: number;
  readonly sequences: number;
}

/** Kimi delta attention (`src/models/kimi-linear.cpp`, `bailingmoe3.cpp`): a decay a number, a convolution each for Q, K and V. */
export function kimiDelta(block: Block, input: Node): Node {
  const { sketch, memory } = block;
  const sizes = sizesOf(block);
  const { heads, head, each, sequences } = sizes;
  const tokens = each * sequences;
  const deep: Shape = [head, heads, each, sequences];
  const states = readState(block, 'r', gatherState(sketch, memory.state!.r_elements));
  const [query, key, value] = convolved(block, input, states, sizes);
  const decay = view(decayOf(block, input, [head, heads, tokens, 1]), deep);
  const asked = sketch.multiply(block.weight('ssm_beta.weight'), input);
  const beta = sketch.elementwise(view(asked, [1, heads, each, sequences]));
  const state = view(readState(block, 's', gatherState(sketch, memory.state!.s_elements)), [
    head,
    head,
    heads,
    sequences,
  ]);
  const inputs = {
    query: sketch.unitNorm(query),
    key: sketch.unitNorm(key),
    value,
    decay,
    beta,
    state,
  };
  const flat: Shape = [head, heads, tokens, 1];
  const output = view(sketch.fresh(deep, deltaNet(block, inputs)), flat);
  const gate = view(outputGate(block, input), flat);
  const normed = block.norm(output, 'ssm_norm', 'rms');
  const gated = sketch.elementwise(normed, sketch.elementwise(gate));
  const whole = sketch.fresh([head * heads, tokens, 1, 1], gated);
  return sketch.multiply(block.weight('attn_output.weight'), whole);
}

function sizesOf(block: Block): Sizes {
  const { sketch, memory } = block;
  const head = sketch.number('kda.head_dim');
  // those of the first block, also where a file counts none in blocks like this
  const heads = sketch.number('attention.head_count', 0);
  const taps = sketch.number('ssm.conv_kernel');
  if (head === null || heads === null || taps === null || memory.state === null)
    throw new UnknownGraph('no delta attention sizes');
  const { tokens, sequences } = sketch.batch;
  return { heads, head, taps, each: tokens / sequences, sequences };
}

/** Q, K and V, each with a third of the convolution's state. */
function convolved(block: Block, input: Node, states: Node, sizes: Sizes): readonly [Node, Node, Node] {
  const { sketch } = block;
  const { heads, head, taps, each, sequences } = sizes;
  const inner = head * heads;
  block.skipAll(/^attn_[qkv]\.bias$/u);
  const fused = block.has('attn_qkv.weight') ? sketch.multiply(block.weight('attn_qkv.weight'), input) : null;
  const rows: Shape = [inner, each * sequences, 1, 1];
  const parts =
    fused === null
      ? null
      : (['q', 'k', 'v'] as const).map(() =>
          sketch.fresh(rows, view(fused, rows, sketch.bytesOfPart(fused, inner))),
        );
  const one = (name: 'q' | 'k' | 'v', position: number): Node => {
    const projected = parts?.[position] ?? sketch.multiply(block.weight(`attn_${name}.weight`), input);
    const third = view(states, [taps - 1, inner, sequences, 1], states.bytes);
    const sequence = appendToState(block, third, inner, taps, view(projected, [inner, each, sequences, 1]));
    const kernel = view(block.weight(`ssm_conv1d_${name}.weight`), [taps, inner, 1, 1]);
    const mixed = operation([inner, each, sequences, 1], [sequence, kernel]);
    return view(sketch.elementwise(view(mixed, rows)), [head, heads, each, sequences]);
  };
  return [one('q', 0), one('k', 1), one('v', 2)];
}

/** From two projections with a softplus (Kimi Linear), or from one with a bounded sigmoid (Bailing 3). */
function decayOf(block: Block, input: Node, shape: Shape): Node {
  const { sketch } = block;
  const low = sketch.multiply(block.weight('ssm_f_a.weight'), input);
  const bias = block.weight('ssm_dt.bias');
  const scale = view(block.weight('ssm_a'), [1, shape[1], 1, 1]);
  if (block.has('ssm_f_b.weight')) {
    const rate = sketch.elementwise(sketch.multiply(block.weight('ssm_f_b.weight'), low), bias);
    return sketch.elementwise(view(sketch.elementwise(rate), shape), scale);
  }
  const scaled = sketch.elementwise(view(sketch.elementwise(low, bias), shape), scale);
  return sketch.elementwise(sketch.elementwise(scaled));
}

function outputGate(block: Block, input: Node): Node {
  const { sketch } = block;
  const whole = block.find('ssm_g.weight');
  if (whole !== null) return sketch.multiply(whole, input);
  const low = sketch.multiply(block.weight('ssm_g_a.weight'), input);
  return block.has('ssm_g_b.weight') ? sketch.multiply(block.weight('ssm_g_b.weight'), low) : low;
}
