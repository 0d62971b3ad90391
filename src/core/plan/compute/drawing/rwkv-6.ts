import { type Block, UnknownGraph } from './block';
import { gatherState, readState, storeState } from './recurrent-state';
import { groupNorm } from './rwkv-7';
import { type Node, operation, type Shape, view } from './tensor-graph';

/** Blends of each row with the one before it: for decay, key, value, receptance and gate. */
const BLENDS = 5;

/** RWKV 6's mixing of tokens, and its variant in Qwen 2 (`src/models/rwkv6-base.cpp: build_rwkv6_time_mix`). */
export function timeMix6(block: Block, input: Node, before: Node): Node {
  const { sketch } = block;
  const [width, each, sequences] = input.shape;
  const head = sketch.number('wkv.head_size');
  if (head === null || block.memory.state === null) throw new UnknownGraph('no head size');
  const tokens = each * sequences;
  const flat: Shape = [width, tokens, 1, 1];
  const heads: Shape = [head, width / head, tokens, 1];
  const [w, k, v, r, g] = blended(block, view(input, flat), view(sketch.elementwise(before, input), flat));
  const asked = block.project('time_mix_receptance', r);
  const keys = block.project('time_mix_key', k);
  const values = block.project('time_mix_value', v);
  const gate = sketch.elementwise(block.project('time_mix_gate', g));
  const spread = (node: Node): Node =>
    view(node.shape[0] === width ? node : sketch.fresh(heads, node), heads);
  const key = spread(keys);
  const value = spread(values);
  const receptance = view(asked, heads);
  const narrow = sketch.elementwise(sketch.multiply(block.weight('time_mix_decay_w1.weight'), w));
  const rate = sketch.elementwise(
    sketch.multiply(block.weight('time_mix_decay_w2.weight'), narrow),
    block.weight('time_mix_decay.weight'),
  );
  const decay = view(sketch.elementwise(sketch.elementwise(sketch.elementwise(rate))), heads);
  const first = block.find('time_mix_first.weight');
  const linear = first === null ? sketch.elementwise(key, sketch.elementwise(key, decay)) : key;
  const state = readState(block, 's', gatherState(sketch, block.memory.state.s_elements));
  const shape: Shape = [width, tokens + head * sequences, 1, 1];
  const whole = operation(
    shape,
    first === null
      ? [linear, value, receptance, decay, state]
      : [linear, value, receptance, first, decay, state],
  );
  storeState(block, 's', view(whole, [width * head * sequences, 1, 1, 1]));
  const seen = view(whole, flat);
  const normed = first === null ? seen : groupNorm(block, seen, heads);
  return block.project('time_mix_output', sketch.elementwise(normed, gate));
}

type Blends = readonly [Node, Node, Node, Node, Node];

function blended(block: Block, input: Node, step: Node): Blends {
  const { sketch } = block;
  const [width, tokens] = input.shape;
  const mixed = sketch.elementwise(sketch.elementwise(step, block.weight('time_mix_lerp_x.weight')), input);
  const first = block.weight('time_mix_w1.weight');
  const rank = first.shape[1] / BLENDS;
  const narrow = view(sketch.elementwise(sketch.multiply(first, mixed)), [rank, 1, BLENDS, tokens]);
  const sorted = sketch.fresh([rank, 1, tokens, BLENDS], narrow);
  const second = view(block.weight('time_mix_w2.weight'), [rank, width, 1, BLENDS]);
  const wide = operation([width, 1, tokens, BLENDS], [second, sorted]);
  const fused = block.find('time_mix_lerp_fused.weight');
  const part = (of: Node): Node => view(of, [width, tokens, 1, 1]);
  if (fused !== null) {
    const rows: Shape = [width, 1, tokens, 1];
    const scaled = sketch.elementwise(sketch.elementwise(wide, fused), view(step, rows));
    const all = sketch.elementwise(scaled, view(input, rows));
    return [part(all), part(all), part(all), part(all), part(all)];
  }
  const one = (name: string): Node => {
    const shifted = sketch.elementwise(part(wide), block.weight(`time_mix_lerp_${name}.weight`));
    return sketch.elementwise(sketch.elementwise(shifted, step), input);
  };
  return [one('w'), one('k'), one('v'), one('r'), one('g')];
}
