import { type Block, UnknownGraph } from './block';
import type { Sketch } from './sketch';
import { F32, type Node, operation, type Shape, view } from './tensor-graph';

/** Blocks whose gate keeps only its largest numbers (`src/models/gemma3n.cpp: n_layer_sparsity`). */
export const SPARSE_BLOCKS = 10;

/** Gemma 3n's four streams of the embedding, the first as it is (`altup_proj`). */
export function spreadStreams(sketch: Sketch, input: Node): Node {
  const [width, tokens] = input.shape;
  const projection = weightNamed(sketch, 'altup_proj.weight');
  const others = projection.shape[2];
  const shape: Shape = [width, tokens, others, 1];
  const added = operation(shape, [projection, sketch.fresh(shape, input)]);
  const level = sketch.elementwise(
    sketch.elementwise(added, magnitude(sketch, input)),
    magnitude(sketch, added),
  );
  return sketch.fresh([width, tokens, others + 1, 1], input, level);
}

/** The streams as one again, and of it the rows with outputs. */
export function mergeStreams(sketch: Sketch, streams: Node): Node {
  const [width, tokens, count] = streams.shape;
  const shape: Shape = [width, tokens, count - 1, 1];
  const target = magnitude(sketch, slice(streams));
  const back = operation(shape, [weightNamed(sketch, 'altup_unembd_proj.weight'), view(streams, shape)]);
  const level = sketch.elementwise(sketch.elementwise(back, target), magnitude(sketch, back));
  let sum = slice(streams);
  for (let other = 1; other < count; other++) sum = sketch.elementwise(sum, slice(level));
  return sketch.rows(sketch.elementwise(sum), sketch.outputRows());
}

/** One block over all streams; `attend` is its attention over what is normed. */
export function drawStreams(
  block: Block,
  streams: Node,
  extras: Node | null,
  attend: (normed: Node) => Node,
): Node {
  const { sketch } = block;
  if (extras === null) throw new UnknownGraph('no input of its own for each layer');
  const predictions = predict(block, streams);
  const active = slice(predictions);
  const normed = block.norm(active, 'attn_norm', 'rms');
  const detour = laurel(block, normed);
  const attended = block.norm(attend(normed), 'post_attention_norm', 'rms');
  const middle = sketch.elementwise(sketch.elementwise(sketch.elementwise(attended, active), detour));
  const output = feedForward(block, block.norm(middle, 'ffn_norm', 'rms'));
  const finished = sketch.norm(output, block.weight('post_ffw_norm.weight'), null, 'rms', null);
  const corrected = correct(block, predictions, sketch.elementwise(finished, middle));
  const first = ownInput(block, corrected, extras);
  const [width, tokens, count] = corrected.shape;
  const rest = sketch.elementwise(view(corrected, [width, tokens, count - 1, 1]), first);
  return sketch.fresh(corrected.shape, slice(corrected), rest);
}

function ownInput(block: Block, corrected: Node, extras: Node): Node {
  const { sketch } = block;
  const scaled = sketch.elementwise(slice(corrected), block.weight('altup_correct_scale.weight'));
  const gate = sketch.elementwise(block.project('inp_gate', scaled));
  const own = view(extras, [extras.shape[0], extras.shape[1], 1, 1]);
  return block.norm(block.project('proj', sketch.elementwise(gate, own)), 'post_norm', 'rms');
}

function predict(block: Block, streams: Node): Node {
  const { sketch } = block;
  const [width, tokens, count] = streams.shape;
  const asked = block.project('altup_predict_coef', modalities(block, slice(streams)));
  const turned = sketch.fresh([count, width, tokens, 1], streams);
  const mixed = operation([width, count, tokens, 1], [turned, view(asked, [count, count, tokens, 1])]);
  return sketch.elementwise(sketch.fresh(streams.shape, mixed), streams);
}

function correct(block: Block, predictions: Node, activated: Node): Node {
  const { sketch } = block;
  const [, tokens, count] = predictions.shape;
  const asked = sketch.elementwise(block.project('altup_correct_coef', modalities(block, activated)));
  const shares = sketch.fresh([1, tokens, count, 1], asked);
  const change = sketch.elementwise(activated, slice(predictions));
  const spread = sketch.fresh(predictions.shape, change);
  return sketch.elementwise(sketch.elementwise(spread, shares), predictions);
}

function modalities(block: Block, input: Node): Node {
  const { sketch } = block;
  const scaled = sketch.elementwise(block.norm(input, 'altup_router_norm', 'rms'));
  return sketch.elementwise(sketch.multiply(block.weight('altup_router.weight'), scaled));
}

/** A low-rank detour around attention. */
function laurel(block: Block, input: Node): Node {
  const low = block.project('laurel_r', block.project('laurel_l', input));
  return block.sketch.elementwise(block.norm(low, 'laurel_post_norm', 'rms'), input);
}

function feedForward(block: Block, input: Node): Node {
  const { sketch } = block;
  const up = block.project('ffn_up', input);
  const gate = block.project('ffn_gate', input);
  const kept = block.layer < SPARSE_BLOCKS ? largest(sketch, gate) : gate;
  return block.project('ffn_down', sketch.elementwise(up, sketch.elementwise(kept)));
}

function largest(sketch: Sketch, gate: Node): Node {
  const one: Shape = [1, gate.shape[1], 1, 1];
  const mean = sketch.fresh(one, gate);
  const squares = sketch.elementwise(sketch.elementwise(gate, mean));
  const deviation = sketch.elementwise(sketch.elementwise(sketch.fresh(one, squares)));
  const cutoff = sketch.elementwise(mean, sketch.elementwise(deviation));
  return sketch.elementwise(sketch.elementwise(gate, cutoff));
}

function magnitude(sketch: Sketch, input: Node): Node {
  const squares = sketch.elementwise(input);
  return sketch.elementwise(sketch.fresh([1, input.shape[1], input.shape[2], 1], squares));
}

/** One stream of several. */
function slice(streams: Node): Node {
  const [width, tokens] = streams.shape;
  return view(streams, [width, tokens, 1, 1], width * tokens * F32);
}

function weightNamed(sketch: Sketch, name: string): Node {
  const tensor = sketch.model.tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) throw new UnknownGraph(`no ${name}`);
  return sketch.weight(tensor);
}
