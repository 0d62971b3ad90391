import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import { F32, I32, inputLeaf, type Node, operation, view, writeInto } from './tensor-graph';

/** Reads a layer's states into the graph, and clears and copies what `build_rs` does (src/llama-graph.cpp). */
export function readState(
  block: Block,
  which: 'r' | 's' | 'p',
  read: (states: Node, ids: Node) => Node,
): Node {
  const { sketch, layer, memory } = block;
  const width = memory.state?.[`${which}_elements`];
  if (width === undefined) throw new UnknownGraph('no state');
  const { sequences, others = 0 } = sketch.batch;
  const states = sketch.state(which, layer, width);
  sketch.expand(writeInto(view(states, [width, 1, 1, 1]), []));
  const copies = sketch.shared('state copies', () => inputLeaf([sequences + others, 1, 1, 1], I32));
  const ids = sketch.shared('own states', () => view(copies, [sequences, 1, 1, 1]));
  const rest = sketch.shared('other states', () => view(copies, [others, 1, 1, 1]));
  const result = sketch.expand(read(states, ids));
  const extra = operation([width, others, 1, 1], [states, rest], { rows: 0 });
  sketch.expand(writeInto(view(states, [width, others, 1, 1]), [extra]));
  return result;
}

/** `ggml_get_rows`: the states of the batch's sequences. */
export function gatherState(sketch: Sketch, width: number): (states: Node, ids: Node) => Node {
  return (states, ids) => operation([width, sketch.batch.sequences, 1, 1], [states, ids], { rows: 0 });
}

/** `ggml_cpy` into a layer's states. */
export function storeState(block: Block, which: 'r' | 's' | 'p', part: Node): Node {
  const { sketch, layer, memory } = block;
  const width = memory.state![`${which}_elements`] ?? 0;
  const states = sketch.state(which, layer, width);
  return sketch.expand(writeInto(view(states, [width, sketch.batch.sequences, 1, 1]), [part]));
}

/** Convolution state and the batch behind each other, and the tail kept for the next batch. */
export function convolve(block: Block, channels: number, taps: number, batch: Node): Node {
  const state = readState(block, 'r', gatherState(block.sketch, block.memory.state!.r_elements));
  return appendToState(block, state, channels, taps, batch);
}

/** As above with the state read already. */
export function appendToState(block: Block, state: Node, channels: number, taps: number, batch: Node): Node {
  const { sketch } = block;
  const { sequences, tokens } = sketch.batch;
  const each = tokens / sequences;
  const joined = sketch.fresh(
    [taps - 1 + each, channels, sequences, 1],
    view(state, [taps - 1, channels, sequences, 1]),
    view(batch, [each, channels, sequences, 1], batch.bytes),
  );
  const tail = joined.bytes - each * F32;
  const kept = view(joined, [taps - 1, channels, sequences, 1], tail);
  // Qwen 4 copies it first (`build_conv_state_at`)
  storeState(block, 'r', sketch.model.architecture === 'qwen4exp' ? sketch.fresh(kept.shape, kept) : kept);
  return joined;
}
