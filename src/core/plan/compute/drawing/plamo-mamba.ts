import { type Block, UnknownGraph } from './block';
import { appendToState, gatherState, readState, storeState } from './recurrent-state';
import { type Node, operation, type Shape, view } from './tensor-graph';

/** PLaMo 2's Mamba: heads as in Mamba 2, steps projected from the convolution as in Mamba 1 (`src/models/plamo2.cpp`). */
export function plamoMamba(block: Block, input: Node): Node {
  const { sketch, memory } = block;
  const { tokens, sequences } = sketch.batch;
  const inner = sketch.number('ssm.inner_size');
  const heads = sketch.number('ssm.time_step_rank');
  const stateSize = sketch.number('ssm.state_size');
  const taps = sketch.number('ssm.conv_kernel');
  if (inner === null || heads === null || stateSize === null || taps === null || memory.state === null) {
    throw new UnknownGraph('no Mamba sizes');
  }
  const each = tokens / sequences;
  const head = inner / heads;
  const flat: Shape = [inner, each, sequences, 1];
  const deep: Shape = [head, heads, each, sequences];
  const state = readState(block, 'r', gatherState(sketch, memory.state.r_elements));
  const projected = block.project('ssm_in', view(input, [input.shape[0], each, sequences, 1]));
  const joined = sketch.fresh(
    [2 * head, heads, each, sequences],
    view(projected, [2 * inner, 1, each, sequences]),
  );
  const half = (): Node => view(joined, deep, sketch.bytesOfPart(joined, head));
  const sequence = appendToState(block, state, inner, taps, sketch.fresh(flat, half()));
  const active = sketch.elementwise(operation(flat, [sequence, block.weight('ssm_conv1d.weight')]));
  const steps = block.project('ssm_x', active);
  const part = (width: number): Node =>
    view(steps, [width, each, sequences, 1], sketch.bytesOfPart(steps, width));
  const keys = block.norm(part(stateSize), 'ssm_b_norm', 'rms');
  const queries = block.norm(part(stateSize), 'ssm_c_norm', 'rms');
  const low = block.norm(part(steps.shape[0] - 2 * stateSize), 'ssm_dt_norm', 'rms');
  const rate = block.biased('ssm_dt', sketch.multiply(block.weight('ssm_dt.weight'), low));
  const kept = memory.state.s_elements;
  const values = view(active, deep);
  const single: Shape = [stateSize, 1, each, sequences];
  const scanned = readState(block, 's', (states, ids) =>
    operation(
      [inner * tokens + kept * sequences, 1, 1, 1],
      [
        view(states, [stateSize, head, heads, sequences]),
        values,
        rate,
        view(block.weight('ssm_a'), [1, heads, 1, 1]),
        view(keys, single),
        view(queries, single),
        ids,
      ],
    ),
  );
  storeState(block, 's', view(scanned, [kept, sequences, 1, 1]));
  const skipped = sketch.elementwise(values, view(block.weight('ssm_d'), [1, heads, 1, 1]));
  const summed = sketch.elementwise(view(scanned, deep), skipped);
  const gated = sketch.fresh(deep, sketch.fresh(deep, half()), summed);
  return view(block.project('ssm_out', view(gated, flat)), [input.shape[0], tokens, 1, 1]);
}
