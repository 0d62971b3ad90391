import { type Block, UnknownGraph } from './block';
import { gatherState, readState, storeState } from './recurrent-state';
import { type Node, operation, type Shape, view } from './tensor-graph';

/** RWKV 7's mixing of tokens (`src/models/rwkv7-base.cpp: build_rwkv7_time_mix`). */
export function timeMix7(block: Block, input: Node, before: Node): Node {
  const { sketch } = block;
  const parts = blended(block, input, before);
  const receptance = block.project('time_mix_receptance', parts.r);
  const decayed = sketch.elementwise(
    low(block, 'w', parts.w, (node) => sketch.elementwise(node)),
    block.weight('time_mix_w0.weight'),
  );
  const decay = sketch.elementwise(sketch.elementwise(sketch.elementwise(decayed)));
  const key = block.project('time_mix_key', parts.k);
  const value = firstBlended(block, block.project('time_mix_value', parts.v), parts.v);
  const gate = parts.g === null ? null : low(block, 'g', parts.g, (node) => sketch.elementwise(node));
  const rate = sketch.elementwise(
    sketch.elementwise(low(block, 'a', parts.a), block.weight('time_mix_a0.weight')),
  );
  return scan(block, { receptance, decay, key, value, rate }, gate);
}

interface Parts {
  readonly r: Node;
  readonly w: Node;
  readonly k: Node;
  readonly v: Node;
  readonly a: Node;
  readonly g: Node | null;
}

/** Six (or five) blends of each row with the one before it, made at once. */
function blended(block: Block, input: Node, before: Node): Parts {
  const { sketch } = block;
  const [width, each, sequences] = input.shape;
  const gated = block.has('time_mix_g1.weight');
  const step = sketch.elementwise(before, input);
  const spread = sketch.fresh([width, each, sequences, gated ? 6 : 5], step);
  const scaled = sketch.elementwise(spread, block.weight('time_mix_lerp_fused.weight'));
  const all = sketch.elementwise(scaled, input);
  const part = (): Node => view(all, [width, each * sequences, 1, 1]);
  return { r: part(), w: part(), k: part(), v: part(), a: part(), g: gated ? part() : null };
}

/** Through a narrow matrix and back. */
function low(block: Block, name: string, input: Node, between: (node: Node) => Node = (node) => node): Node {
  const { sketch } = block;
  const narrow = between(sketch.multiply(block.weight(`time_mix_${name}1.weight`), input));
  return sketch.multiply(block.weight(`time_mix_${name}2.weight`), narrow);
}

/** Values of later blocks are blended with those of the first. */
function firstBlended(block: Block, value: Node, input: Node): Node {
  const { sketch } = block;
  if (sketch.firstValue === null) {
    sketch.firstValue = value;
    block.skipAll(/^time_mix_v[012]\./u);
    return value;
  }
  const share = sketch.elementwise(
    sketch.elementwise(low(block, 'v', input), block.weight('time_mix_v0.weight')),
  );
  const difference = sketch.elementwise(sketch.firstValue, value);
  return sketch.elementwise(value, sketch.elementwise(difference, share));
}

interface ScanInputs {
  readonly receptance: Node;
  readonly decay: Node;
  readonly key: Node;
  readonly value: Node;
  readonly rate: Node;
}

function scan(block: Block, inputs: ScanInputs, gate: Node | null): Node {
  const { sketch } = block;
  const { receptance, decay, value, rate } = inputs;
  const [width, tokens] = inputs.key.shape;
  const head = sketch.number('wkv.head_size');
  if (head === null || block.memory.state === null) throw new UnknownGraph('no head size');
  const { sequences } = sketch.batch;
  const flat: Shape = [width, tokens, 1, 1];
  const heads: Shape = [head, width / head, tokens, 1];
  const removal = sketch.fresh(
    heads,
    view(sketch.elementwise(inputs.key, block.weight('time_mix_k_k.weight')), heads),
  );
  const scaled = sketch.elementwise(inputs.key, block.weight('time_mix_k_a.weight'));
  const key = view(
    sketch.elementwise(inputs.key, sketch.elementwise(sketch.elementwise(rate, scaled), scaled)),
    heads,
  );
  const state = readState(block, 's', gatherState(sketch, block.memory.state.s_elements));
  const asked = view(receptance, heads);
  const values = view(value, heads);
  const whole = operation(
    [width, tokens + head * sequences, 1, 1],
    [
      asked,
      view(decay, heads),
      key,
      values,
      sketch.elementwise(removal),
      sketch.elementwise(removal, view(rate, heads)),
      state,
    ],
  );
  storeState(block, 's', view(whole, [width * head * sequences, 1, 1, 1]));
  const seen = view(whole, flat);
  const normed = block.has('time_mix_ln.weight') ? groupNorm(block, seen, heads) : seen;
  const product = sketch.elementwise(
    sketch.elementwise(key, asked),
    view(block.weight('time_mix_r_k.weight'), [head, width / head, 1, 1]),
  );
  const bonus = sketch.fresh([1, width / head, tokens, 1], product);
  const summed = sketch.elementwise(normed, view(sketch.elementwise(values, bonus), flat));
  return block.project('time_mix_output', gate === null ? summed : sketch.elementwise(summed, gate));
}

/** A norm over each head, scaled and shifted by number. */
export function groupNorm(block: Block, input: Node, heads: Shape): Node {
  const { sketch } = block;
  const normed = view(sketch.fresh(heads, view(input, heads)), input.shape);
  const scaled = sketch.elementwise(normed, block.weight('time_mix_ln.weight'));
  return sketch.elementwise(scaled, block.weight('time_mix_ln.bias'));
}
