import { type Block, UnknownGraph } from './block';
import { appendToState, convolve, gatherState, readState, storeState } from './recurrent-state';
import { type Node, operation, type Shape, view } from './tensor-graph';

/** Mamba (`llm_build_mamba_base::build_mamba_layer`): a head a channel, its steps projected from the convolution. */
export function mamba(block: Block, input: Node): Node {
  const { sketch, memory } = block;
  const { tokens, sequences } = sketch.batch;
  const inner = sketch.number('ssm.inner_size');
  const rank = sketch.number('ssm.time_step_rank');
  const stateSize = sketch.number('ssm.state_size');
  const taps = sketch.number('ssm.conv_kernel');
  if (inner === null || rank === null || stateSize === null || taps === null || memory.state === null) {
    throw new UnknownGraph('no Mamba sizes');
  }
  const each = tokens / sequences;
  const state = readState(block, 'r', gatherState(sketch, memory.state.r_elements));
  const joined = block.project('ssm_in', view(input, [input.shape[0], each, sequences, 1]));
  const half: Shape = [inner, each, sequences, 1];
  const slice = (): Node => view(joined, half, sketch.bytesOfPart(joined, inner));
  const sequence = appendToState(block, state, inner, taps, slice());
  const active = sketch.elementwise(
    block.biased('ssm_conv1d', operation(half, [sequence, block.weight('ssm_conv1d.weight')])),
  );
  const steps = block.project('ssm_x', active);
  const part = (width: number, shape: Shape): Node => view(steps, shape, sketch.bytesOfPart(steps, width));
  const finish = (name: string, node: Node): Node => normedStep(block, name, node);
  const low = finish('ssm_dt_norm', part(rank, [rank, each, sequences, 1]));
  const keys = finish('ssm_b_norm', part(stateSize, [stateSize, 1, each, sequences]));
  const queries = finish('ssm_c_norm', part(stateSize, [stateSize, 1, each, sequences]));
  const rate = block.biased(
    'ssm_dt',
    sketch.multiply(
      block.weight('ssm_dt.weight'),
      low.kind === 'view' ? sketch.fresh([rank, each, sequences, 1], low) : low,
    ),
  );
  const kept = memory.state.s_elements;
  const scanned = readState(block, 's', (states, ids) =>
    operation(
      [inner * tokens + kept * sequences, 1, 1, 1],
      [
        view(states, [stateSize, 1, inner, sequences]),
        view(active, [1, inner, each, sequences]),
        rate,
        block.weight('ssm_a'),
        keys,
        queries,
        ids,
      ],
    ),
  );
  storeState(block, 's', view(scanned, [kept, sequences, 1, 1]));
  const seen = view(scanned, half);
  const summed = sketch.elementwise(seen, sketch.elementwise(active, block.weight('ssm_d')));
  const gated = sketch.fresh(half, sketch.fresh(half, slice()), summed);
  return view(block.project('ssm_out', gated), [input.shape[0], tokens, 1, 1]);
}

/** Steps, B and C are normed where the file has norms for them (Jamba, FalconMamba). */
function normedStep(block: Block, name: string, node: Node): Node {
  if (block.has(`${name}.weight`)) return block.norm(node, name, 'rms');
  const always = block.sketch.model.metadata[`${block.sketch.model.architecture}.ssm.dt_b_c_rms`] === true;
  return always ? block.sketch.norm(node, null, null, 'rms', null) : node;
}

/** Mamba 2 (`llm_build_mamba_base::build_mamba2_layer`). */
export function mamba2(block: Block, input: Node): Node {
  const { sketch, memory } = block;
  const { tokens, sequences } = sketch.batch;
  const inner = sketch.number('ssm.inner_size');
  const heads = sketch.number('ssm.time_step_rank');
  const groups = sketch.number('ssm.group_count') ?? 1;
  const stateSize = sketch.number('ssm.state_size');
  const taps = sketch.number('ssm.conv_kernel');
  if (inner === null || heads === null || stateSize === null || taps === null || memory.state === null) {
    throw new UnknownGraph('no Mamba sizes');
  }
  const each = tokens / sequences;
  const channels = inner + 2 * groups * stateSize;
  const joined = block.project('ssm_in', input);
  const slice = (shape: Shape, width: number): Node => view(joined, shape, sketch.bytesOfPart(joined, width));
  const gate = slice([inner / heads, heads, each, sequences], inner);
  const mixed = slice([channels, each, sequences, 1], channels);
  const steps = slice([heads, each, sequences, 1], heads);
  const sequence = convolve(block, channels, taps, mixed);
  const convolved = block.biased(
    'ssm_conv1d',
    operation([channels, each, sequences, 1], [sequence, block.weight('ssm_conv1d.weight')]),
  );
  const active = sketch.elementwise(convolved);
  const part = (shape: Shape): Node => view(active, shape, sketch.bytesOfPart(active, shape[0] * shape[1]));
  const values = part([inner / heads, heads, each, sequences]);
  const keys = part([stateSize, groups, each, sequences]);
  const queries = part([stateSize, groups, each, sequences]);
  const rate = block.biased('ssm_dt', sketch.fresh([heads, each, sequences, 1], steps));
  const kept = memory.state.s_elements;
  const scanned = readState(block, 's', (states, ids) =>
    operation(
      [inner * tokens + kept * sequences, 1, 1, 1],
      [
        view(states, [stateSize, inner / heads, heads, sequences]),
        values,
        rate,
        block.weight('ssm_a'),
        keys,
        queries,
        ids,
      ],
    ),
  );
  storeState(block, 's', view(scanned, [kept, sequences, 1, 1]));
  const seen = view(scanned, [inner / heads, heads, each, sequences]);
  const skipped = block.find('ssm_d');
  const summed = skipped === null ? seen : sketch.elementwise(seen, sketch.elementwise(values, skipped));
  const whole: Shape = [inner / heads, heads, each, sequences];
  const gated = sketch.fresh(whole, sketch.fresh(whole, gate), summed);
  const normed = block.norm(view(gated, [inner / groups, groups, each, sequences]), 'ssm_norm', 'rms');
  return block.project('ssm_out', view(normed, [inner, tokens, 1, 1]));
}

/** LFM2's short convolution (`src/models/lfm2.cpp: build_shortconv_block`). */
export function shortConvolution(block: Block, input: Node): Node {
  const { sketch } = block;
  const { tokens, sequences } = sketch.batch;
  const taps = sketch.number('shortconv.l_cache');
  if (taps === null) throw new UnknownGraph('no convolution size');
  const width = input.shape[0];
  const each = tokens / sequences;
  const shape: Shape = [width, each, sequences, 1];
  const joined = sketch.multiply(block.weight('shortconv.in_proj.weight'), view(input, shape));
  const part = (): Node => view(joined, shape, joined.bytes);
  const product = sketch.elementwise(part(), part());
  const sequence = convolve(block, width, taps, product);
  const convolved = operation(shape, [sequence, block.weight('shortconv.conv.weight')]);
  const mixed = sketch.elementwise(part(), convolved);
  const result = sketch.multiply(block.weight('shortconv.out_proj.weight'), mixed);
  return view(result, [width, tokens, 1, 1]);
}
