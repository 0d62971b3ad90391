import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import {
  elements,
  F32,
  I32,
  inputLeaf,
  type Node,
  operation,
  type Shape,
  view,
  writeInto,
} from './tensor-graph';

/** Reads a layer's states into the graph, and clears and copies what `build_rs` does (src/llama-graph.cpp). */
function readState(block: Block, which: 'r' | 's', read: (states: Node, ids: Node) => Node): Node {
  const { sketch, layer, memory } = block;
  const width = which === 'r' ? memory.state?.r_elements : memory.state?.s_elements;
  if (width === undefined) throw new UnknownGraph('no state');
  const { sequences } = sketch.batch;
  const states = sketch.state(which, layer, width);
  sketch.expand(writeInto(view(states, [width, 1, 1, 1]), []));
  const copies = sketch.shared('state copies', () => inputLeaf([sequences, 1, 1, 1], I32));
  const ids = sketch.shared('own states', () => view(copies, [sequences, 1, 1, 1]));
  const rest = sketch.shared('other states', () => view(copies, [0, 1, 1, 1]));
  const result = sketch.expand(read(states, ids));
  const extra = operation([width, 0, 1, 1], [states, rest], { rows: 0 });
  sketch.expand(writeInto(view(states, [width, 0, 1, 1]), [extra]));
  return result;
}

function gatherState(sketch: Sketch, width: number): (states: Node, ids: Node) => Node {
  return (states, ids) => operation([width, sketch.batch.sequences, 1, 1], [states, ids], { rows: 0 });
}

function storeState(block: Block, which: 'r' | 's', part: Node): void {
  const { sketch, layer, memory } = block;
  const width = which === 'r' ? memory.state!.r_elements : memory.state!.s_elements;
  const states = sketch.state(which, layer, width);
  sketch.expand(writeInto(view(states, [width, sketch.batch.sequences, 1, 1]), [part]));
}

/** Convolution state and the batch behind each other, and the tail kept for the next batch. */
function convolve(block: Block, channels: number, taps: number, batch: Node): Node {
  const { sketch, memory } = block;
  const { sequences, tokens } = sketch.batch;
  const kept = memory.state!.r_elements;
  const state = readState(block, 'r', gatherState(sketch, kept));
  const joined = sketch.fresh(
    [taps - 1 + tokens / sequences, channels, sequences, 1],
    view(state, [taps - 1, channels, sequences, 1]),
    view(batch, [tokens / sequences, channels, sequences, 1], batch.bytes),
  );
  const tail = joined.bytes - (tokens / sequences) * F32;
  storeState(block, 'r', view(joined, [taps - 1, channels, sequences, 1], tail));
  return joined;
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
  const gate = view(joined, [inner / heads, heads, each, sequences], joined.bytes);
  const mixed = view(joined, [channels, each, sequences, 1], joined.bytes);
  const steps = view(joined, [heads, each, sequences, 1], joined.bytes);
  const sequence = convolve(block, channels, taps, mixed);
  const convolved = block.biased(
    'ssm_conv1d',
    operation([channels, each, sequences, 1], [sequence, block.weight('ssm_conv1d.weight')]),
  );
  const active = sketch.elementwise(convolved);
  const values = view(active, [inner / heads, heads, each, sequences], active.bytes);
  const keys = view(active, [stateSize, groups, each, sequences], active.bytes);
  const queries = view(active, [stateSize, groups, each, sequences], active.bytes);
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

/** Whether a batch runs the fused gated delta net, or the chunked one made of many operations. */
export type DeltaNet = 'fused' | 'chunked';

/** Gated delta net of Qwen3-Next and Qwen3.5 (`build_layer_attn_linear`, `src/models/delta-net-base.cpp`). */
export function gatedDeltaNet(block: Block, input: Node, kind: DeltaNet): Node {
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
  const kept = memory.state.s_elements;
  const state = view(readState(block, 's', gatherState(sketch, kept)), [
    valueSize,
    valueSize,
    valueHeads,
    sequences,
  ]);
  const convolved = sketch.elementwise(
    operation([channels, each, sequences, 1], [sequence, block.weight('ssm_conv1d.weight')]),
  );
  const headShape: Shape = [keySize, keyHeads, each, sequences];
  const part = (shape: Shape): Node => view(convolved, shape, convolved.bytes);
  let query = normalised(sketch, part(headShape));
  let key = normalised(sketch, part(headShape));
  const value = part([valueSize, valueHeads, each, sequences]);
  // The fused operation spreads heads itself; Qwen3-Next's graph does not rely on it.
  const spreads = kind === 'chunked' || sketch.model.architecture === 'qwen3next';
  if (keyHeads !== valueHeads && spreads) {
    const repeated: Shape = [keySize, valueHeads, each, sequences];
    const repeat = (node: Node): Node => view(sketch.fresh(repeated, view(node, headShape)), repeated);
    query = repeat(query);
    key = repeat(key);
  }
  const result =
    kind === 'fused'
      ? fused(block, [query, key, value, decay, beta, state], inner, kept)
      : chunked(block, { query, key, value, decay, beta, state }, valueSize, valueHeads);
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
  const half = (): Node => view(both!, [valueHeads / keyHeads, keyHeads, each, sequences], both!.bytes);
  const beta =
    both === null
      ? view(block.project('ssm_beta', input), deep)
      : sketch.fresh([valueHeads / keyHeads, keyHeads, each, sequences], half());
  const alpha = both === null ? view(block.project('ssm_alpha', input), flat) : sketch.fresh(flat, half());
  const softened = sketch.elementwise(block.biased('ssm_dt', alpha));
  const decay = sketch.elementwise(softened, block.weight('ssm_a'));
  return { beta: view(sketch.elementwise(beta), deep), decay: view(decay, deep) };
}

/** `build_gdn_l2_norm`: an RMS norm, scaled. */
function normalised(sketch: Sketch, node: Node): Node {
  return sketch.elementwise(sketch.elementwise(node));
}

function fused(block: Block, sources: Node[], inner: number, kept: number): Node {
  const { sketch } = block;
  const { tokens, sequences } = sketch.batch;
  const value = sources[2]!;
  const result = operation([inner * tokens + kept * sequences, 1, 1, 1], sources);
  const seen = view(result, value.shape);
  sketch.expand(seen);
  storeState(block, 's', view(result, [kept, sequences, 1, 1]));
  return seen;
}

interface DeltaInputs {
  readonly query: Node;
  readonly key: Node;
  readonly value: Node;
  readonly decay: Node;
  readonly beta: Node;
  readonly state: Node;
}

/** Tokens of one chunk (`build_delta_net_chunking`). */
const CHUNK = 64;

/** The delta net in chunks, where the fused operation would land on another device than its layer. */
function chunked(block: Block, inputs: DeltaInputs, size: number, heads: number): Node {
  const { sketch } = block;
  const { tokens, sequences } = sketch.batch;
  const each = tokens / sequences;
  const chunks = Math.ceil(each / CHUNK);
  const padded = chunks * CHUNK;
  const many = heads * sequences;
  const wide: Shape = [size, CHUNK, chunks, many];
  const thin: Shape = [1, CHUNK, chunks, many];
  const square: Shape = [CHUNK, CHUNK, chunks, many];
  const turned: Shape = [CHUNK, size, chunks, many];
  const pad = (node: Node, width: number): Node =>
    sketch.fresh([width, padded, heads, sequences], view(node, [width, each, heads, sequences]));
  const query = pad(sketch.elementwise(inputs.query), size);
  const key = pad(inputs.key, size);
  const value = pad(inputs.value, size);
  const decay = pad(inputs.decay, 1);
  const beta = pad(inputs.beta, 1);
  const weighedValue = sketch.elementwise(value, beta);
  const weighedKey = sketch.elementwise(key, beta);
  const q = view(query, wide);
  const k = view(key, wide);
  const kb = view(weighedKey, wide);
  const total = sketch.fresh(
    [CHUNK, 1, chunks, many],
    sketch.fresh([CHUNK, 1, chunks, many], view(decay, thin)),
  );
  const spread = sketch.fresh(square, view(total, thin));
  const mask = sketch.elementwise(sketch.fresh(square, sketch.elementwise(spread, total)));
  const scoresOfKeys = sketch.elementwise(operation(square, [k, kb]), mask);
  const scores = sketch.fresh(square, sketch.elementwise(operation(square, [k, q]), mask));
  const lower = sketch.fresh(square, scoresOfKeys);
  const ones = sketch.fresh([CHUNK, CHUNK, 1, 1], sketch.elementwise(view(lower, [CHUNK, 1, 1, 1])));
  const left = sketch.elementwise(lower, ones);
  const solved = sketch.elementwise(sketch.fresh(square, left, sketch.elementwise(lower)), ones);
  let values = operation(wide, [sketch.fresh(turned, view(weighedValue, wide)), solved]);
  const growth = sketch.elementwise(total);
  const decayedKeys = operation(wide, [sketch.elementwise(sketch.fresh(turned, kb), growth), solved]);
  const decayedQueries = sketch.elementwise(q, sketch.fresh(thin, growth));
  const last = view(total, [1, 1, chunks, many], total.bytes);
  const lastGrowth = view(sketch.fresh([1, 1, chunks, many], last), [1, 1, chunks, many]);
  const difference = sketch.elementwise(sketch.elementwise(total, last));
  const keysLeft = sketch.fresh(
    turned,
    sketch.elementwise(k, sketch.fresh(thin, sketch.elementwise(difference))),
  );
  const valuesTurned = sketch.fresh(turned, values);
  let state: Node = view(inputs.state, [size, size, 1, many]);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const slice = (node: Node, first: number, second: number): Node =>
      view(node, [first, second, 1, many], node.bytes);
    const predicted = operation([CHUNK, size, 1, many], [slice(decayedKeys, size, CHUNK), state]);
    const fresh = sketch.elementwise(slice(valuesTurned, CHUNK, size), predicted);
    const within = operation([size, CHUNK, 1, many], [fresh, slice(scores, CHUNK, CHUNK)]);
    const across = operation([size, CHUNK, 1, many], [state, slice(decayedQueries, size, CHUNK)]);
    const output = sketch.elementwise(across, within);
    values = writeInto(values, [output]);
    const update = operation([size, size, 1, many], [slice(keysLeft, CHUNK, size), fresh]);
    state = sketch.elementwise(sketch.elementwise(state, slice(lastGrowth, 1, 1)), update);
  }
  const result = view(values, [size, heads, each, sequences], elements(wide) * 4);
  sketch.expand(result);
  storeState(block, 's', view(state, [size * size * heads, sequences, 1, 1]));
  return result;
}
