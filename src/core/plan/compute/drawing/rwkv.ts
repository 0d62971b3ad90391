import { type Block, UnknownGraph } from './block';
import { feedForward } from './feed-forward';
import { gatherState, readState, storeState } from './recurrent-state';
import { timeMix6 } from './rwkv-6';
import { timeMix7 } from './rwkv-7';
import { F32, type Node, type Shape, view } from './tensor-graph';

/** A block of RWKV 6 or 7, or of a Qwen with their token mixing (`src/models/rwkv6.cpp`, `rwkv7.cpp`, `rwkv6qwen2.cpp`, `arwkv7.cpp`). */
export function drawRwkv(block: Block, input: Node, norm: 'rms' | 'layer'): Node {
  const { sketch } = block;
  const { tokens, sequences } = sketch.batch;
  const width = input.shape[0];
  const each = tokens / sequences;
  const deep: Shape = [width, each, sequences, 1];
  const flat: Shape = [width, tokens, 1, 1];
  const rows = (node: Node): Node =>
    block.last ? sketch.rows(view(node, flat), sketch.outputRows()) : view(node, flat);
  const given = view(input, deep);
  const shift = readState(block, 'r', gatherState(sketch, block.memory.state?.r_elements ?? 0));
  const normed = block.norm(given, 'attn_norm', norm);
  const before = shifted(block, shift, normed);
  const mixed = timeMix(block, normed, before);
  const hasChannelMix = block.has('channel_mix_key.weight');
  if (!hasChannelMix) storeState(block, 'r', lastOf(normed, each));
  const middle = sketch.elementwise(view(mixed, deep), given);
  if (!hasChannelMix) return denseAfter(block, rows(middle));
  const second = block.norm(middle, 'attn_norm_2', norm);
  const secondBefore = shifted(block, shift, second);
  const kept = sketch.fresh([width, 2, sequences, 1], lastOf(normed, each), lastOf(second, each));
  storeState(block, 'r', kept);
  const residual = rows(middle);
  const sum = sketch.elementwise(channelMix(block, rows(second), rows(secondBefore)), residual);
  const step = sketch.number('rescale_every_n_layers') ?? 0;
  return step > 0 && (block.layer + 1) % step === 0 ? sketch.elementwise(sum) : sum;
}

function timeMix(block: Block, input: Node, before: Node): Node {
  if (block.has('time_mix_w0.weight')) return timeMix7(block, input, before);
  if (block.has('time_mix_lerp_x.weight')) return timeMix6(block, input, before);
  throw new UnknownGraph(`blk.${block.layer} mixes tokens in another way`);
}

/** The row before each row: the last one of the batch before, and all but the last of this one. */
function shifted(block: Block, shift: Node, normed: Node): Node {
  const [width, each, sequences] = normed.shape;
  const first = view(shift, [width, 1, sequences, 1], shift.bytes);
  return block.sketch.fresh(normed.shape, first, view(normed, [width, each - 1, sequences, 1], normed.bytes));
}

function lastOf(normed: Node, each: number): Node {
  const [width, , sequences] = normed.shape;
  return view(normed, [width, 1, sequences, 1], normed.bytes - (each - 1) * width * F32);
}

function denseAfter(block: Block, middle: Node): Node {
  const { sketch } = block;
  const output = feedForward(block, block.norm(middle, 'ffn_norm', 'rms'));
  return sketch.elementwise(output, middle);
}

function channelMix(block: Block, input: Node, before: Node): Node {
  const { sketch } = block;
  const step = sketch.elementwise(before, input);
  const blend = (name: string): Node =>
    sketch.elementwise(sketch.elementwise(step, block.weight(`channel_mix_lerp_${name}.weight`)), input);
  const keys = blend('k');
  const gate = block.has('channel_mix_receptance.weight')
    ? sketch.elementwise(block.project('channel_mix_receptance', blend('r')))
    : null;
  const active = sketch.elementwise(sketch.elementwise(block.project('channel_mix_key', keys)));
  const value = block.project('channel_mix_value', active);
  return gate === null ? value : sketch.elementwise(gate, value);
}
