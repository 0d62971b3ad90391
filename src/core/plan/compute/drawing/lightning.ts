import { type Block, UnknownGraph } from './block';
import { gatherState, readState, storeState } from './recurrent-state';
import { F32, inputLeaf, type Node, operation, type Shape, view } from './tensor-graph';

/** MiniMax 01's lightning attention: what earlier batches left as one matrix a head (`src/models/minimax-01.cpp`). */
export function lightningAttention(block: Block, input: Node): Node {
  const { sketch, memory } = block;
  const { tokens, sequences } = sketch.batch;
  const heads = sketch.number('attention.head_count', block.layer);
  const head = sketch.model.attention.value_length;
  if (heads === null || head === null || memory.state === null)
    throw new UnknownGraph('no lightning attention sizes');
  const each = tokens / sequences;
  const wide: Shape = [head, heads, each, sequences];
  const square: Shape = [head, head, heads, sequences];
  readState(block, 'r', gatherState(sketch, memory.state.r_elements));
  const given = view(input, [input.shape[0], each, 1, sequences]);
  const joined = sketch.elementwise(block.project('attn_qkv', given));
  const part = (): Node => view(joined, wide, sketch.bytesOfPart(joined, head));
  const kept = view(readState(block, 's', gatherState(sketch, memory.state.s_elements)), square);
  const { slopes, query, key, within } = decays(block, heads, each, sequences);
  const turned = (node: Node): Node => view(node, [head, each, heads, sequences], node.bytes);
  const before = operation(
    [head, each, heads, sequences],
    [kept, turned(sketch.elementwise(part(), decay(block, query)))],
  );
  const scores = operation([each, each, heads, sequences], [turned(part()), turned(part())]);
  const weighed = sketch.elementwise(scores, decay(block, within));
  const values = sketch.fresh([each, head, heads, sequences], part());
  const inside = operation([head, each, heads, sequences], [values, weighed]);
  const summed = sketch.expand(sketch.elementwise(before, inside));
  const faded = sketch.elementwise(kept, view(decay(block, sketch.elementwise(slopes)), [1, 1, heads, 1]));
  const keys = sketch.fresh([each, head, heads, sequences], sketch.elementwise(part(), decay(block, key)));
  const added = operation(square, [keys, values]);
  storeState(block, 's', view(sketch.elementwise(faded, added), [head * head * heads, sequences, 1, 1]));
  const whole: Shape = [head * heads, each, 1, sequences];
  const normed = block.norm(view(sketch.fresh(wide, summed), whole), 'attn_norm_2', 'rms');
  const gate = sketch.elementwise(block.project('attn_gate', given));
  const result = block.project('attn_output', sketch.elementwise(gate, normed));
  return view(result, [result.shape[0], tokens, 1, 1]);
}

interface Decays {
  readonly slopes: Node;
  readonly query: Node;
  readonly key: Node;
  /** Between any two tokens of a sequence. */
  readonly within: Node;
}

function decays(block: Block, heads: number, each: number, sequences: number): Decays {
  const { sketch } = block;
  const leaf = (name: string, shape: Shape): Node => sketch.shared(name, () => inputLeaf(shape, F32));
  return {
    slopes: leaf('slopes', [heads, 1, 1, 1]),
    query: leaf('query decay', [1, heads, each, sequences]),
    key: leaf('key decay', [1, heads, each, sequences]),
    within: leaf('decay within', [each, each, heads, sequences]),
  };
}

function decay(block: Block, exponent: Node): Node {
  return block.sketch.elementwise(block.sketch.elementwise(exponent));
}
