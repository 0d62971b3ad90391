import { type Block, UnknownGraph } from './block';
import { convolve, gatherState, readState, storeState } from './recurrent-state';
import { elements, F32, type Node, operation, type Shape, view } from './tensor-graph';

export interface DeltaInputs {
  readonly query: Node;
  readonly key: Node;
  readonly value: Node;
  readonly decay: Node;
  readonly beta: Node;
  readonly state: Node;
}

/** Gated delta net of Qwen3-Next and Qwen3.5 (`build_layer_attn_linear`, `src/models/delta-net-base.cpp`). */
export function gatedDeltaNet(block: Block, input: Node): Node {
  const { sketch, memory } = block;
  const { tokens, sequences } = sketch.batch;
  const inner = sketch.number('ssm.inner_size');
  const keySize = sketch.number('ssm.state_size');
  const keyHeads = sketch.number('ssm.group_count');
  const valueHeads = sketch.number('ssm.time_step_rank');
  const taps = sketch.number('ssm.conv_kernel');
  if (
    inner === null ||
    keySize === null ||
    keyHeads === null ||
    valueHeads === null ||
    taps === null ||
    memory.state === null
  ) {
    throw new UnknownGraph('no delta net sizes');
  }
  const each = tokens / sequences;
  const valueSize = inner / valueHeads;
  const channels = inner + 2 * keyHeads * keySize;
  const mixed = view(block.project('attn_qkv', input), [channels, each, sequences, 1]);
  const gate = block.project('attn_gate', input);
  const { beta, decay } = ratesOf(block, input, keyHeads, valueHeads, each);
  const sequence = convolve(block, channels, taps, mixed);
  const state = view(readState(block, 's', gatherState(sketch, memory.state.s_elements)), [
    valueSize,
    valueSize,
    valueHeads,
    sequences,
  ]);
  const convolved = sketch.elementwise(
    operation([channels, each, sequences, 1], [sequence, block.weight('ssm_conv1d.weight')]),
  );
  const part = (shape: Shape): Node =>
    view(convolved, shape, sketch.bytesOfPart(convolved, shape[0] * shape[1]));
  const whole: Shape = [keySize, valueHeads, each, sequences];
  const head = (): Node => {
    const normed = sketch.unitNorm(part([keySize, keyHeads, each, sequences]));
    return repeatsHeads(block, keyHeads, valueHeads)
      ? view(sketch.fresh(whole, view(normed, normed.shape)), whole)
      : normed;
  };
  const query = head();
  const key = head();
  const value = part([valueSize, valueHeads, each, sequences]);
  const result = deltaNet(block, { query, key, value, decay, beta, state });
  const normed = block.norm(result, 'ssm_norm', 'rms');
  const gated = sketch.elementwise(
    normed,
    sketch.elementwise(view(gate, [valueSize, valueHeads, each, sequences])),
  );
  return view(block.project('ssm_out', view(gated, [inner, each, sequences, 1])), [
    input.shape[0],
    tokens,
    1,
    1,
  ]);
}

/** Qwen3-Next alone writes a key for every value head out (`src/models/qwen3next.cpp: TAG_GGML_GDN_BCAST`). */
function repeatsHeads(block: Block, keyHeads: number, valueHeads: number): boolean {
  return block.sketch.model.architecture === 'qwen3next' && keyHeads !== valueHeads;
}

interface Rates {
  readonly beta: Node;
  readonly decay: Node;
}

/** One beta and one decay a value head, from one projection (Qwen3-Next) or two (Qwen3.5). */
function ratesOf(block: Block, input: Node, keyHeads: number, valueHeads: number, each: number): Rates {
  const { sketch } = block;
  const { sequences } = sketch.batch;
  const deep: Shape = [1, valueHeads, each, sequences];
  const flat: Shape = [valueHeads, each, sequences, 1];
  const both = block.has('ssm_ba.weight') ? block.project('ssm_ba', input) : null;
  const width = valueHeads / keyHeads;
  const half = (): Node => view(both!, [width, keyHeads, each, sequences], both!.bytes - width * F32);
  const beta =
    both === null
      ? view(block.project('ssm_beta', input), deep)
      : sketch.fresh([width, keyHeads, each, sequences], half());
  const alpha = both === null ? view(block.project('ssm_alpha', input), flat) : sketch.fresh(flat, half());
  const softened = sketch.elementwise(block.biased('ssm_dt', alpha));
  const decay = sketch.elementwise(softened, block.weight('ssm_a'));
  return { beta: view(sketch.elementwise(beta), deep), decay: view(decay, deep) };
}

/**
 * `build_delta_net_fused` and what it stores. This version of llama.cpp always uses the fused operation; the many small ones it
 * would stand for are never drawn.
 */
export function deltaNet(block: Block, inputs: DeltaInputs): Node {
  const { query, key, value, decay, beta, state } = inputs;
  const { sequences } = block.sketch.batch;
  const [size, heads] = value.shape;
  const kept = size * size * heads;
  const sources = [query, key, value, decay, beta, state];
  const whole = operation([elements(value.shape) + kept * sequences, 1, 1, 1], sources);
  storeState(block, 's', view(whole, [kept, sequences, 1, 1]));
  return view(whole, value.shape);
}
