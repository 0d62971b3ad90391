import type { Tensor } from '../../../model/schema';
import { indexOf } from '../../model-index';
import { UnknownGraph } from './block';
import { drawTypes, isEncoder } from './encoder';
import type { Sketch } from './sketch';
import { blankLeaf, F32, I32, inputLeaf, type Node, type Shape, view } from './tensor-graph';
import type { ArchitectureTraits } from './traits';

/** What goes into the first block: tokens looked up, with their positions where these are learnt. */
export function drawInput(sketch: Sketch, traits: ArchitectureTraits): Node {
  const { batch, model } = sketch;
  const width = model.embedding_length!;
  const table = outside(sketch, 'token_embd.weight');
  if (table === undefined) throw new UnknownGraph('no embedding');
  const tokens = inputLeaf([batch.tokens, 1, 1, 1], I32);
  if (model.architecture === 'graniteswitch') {
    const found = sketch.rows(sketch.weight(table), tokens);
    return traits.scaledEmbedding ? sketch.elementwise(found) : found;
  }
  const seen = sketch.number('n_deepstack_layers') ?? 0;
  sketch.tokens = tokens;
  const rows = sketch.rows(sketch.weight(table), tokens);
  // Qwen 3 VL's rows have room for what the images' encoder gives to the first blocks.
  const whole: Shape = [width * (1 + seen), batch.tokens, 1, 1];
  const padded = sketch.expand(seen === 0 ? rows : sketch.fresh(whole, rows));
  // The other way in, vectors instead of tokens, is reserved beside it and read by nobody.
  sketch.expand(inputLeaf(whole, F32));
  const looked =
    seen === 0 ? padded : view(padded, [width, batch.tokens, 1, 1], sketch.bytesOfPart(padded, width));
  if (seen > 0) sketch.embedded = looked;
  const scaled = traits.scaledEmbedding ? sketch.elementwise(looked) : looked;
  if (traits.expandsEmbedding) sketch.expand(scaled);
  const placed = drawPositions(sketch, scaled);
  const norm = outside(sketch, 'token_embd_norm.weight');
  if (norm === undefined || traits.outputNorm === norm.name)
    return traits.normedEmbedding ? sketch.elementwise(placed) : placed;
  const bias = outside(sketch, 'token_embd_norm.bias');
  return sketch.norm(
    placed,
    sketch.weight(norm),
    bias === undefined ? null : sketch.weight(bias),
    traits.norm,
    null,
  );
}

/** Learnt positions are looked up and added (GPT-2, StarCoder, MPT). */
function drawPositions(sketch: Sketch, input: Node): Node {
  const table = outside(sketch, 'position_embd.weight');
  if (isEncoder(sketch.model)) {
    const types = outside(sketch, 'token_types.weight');
    const learnt = sketch.model.architecture === 'bert' && table !== undefined ? sketch.weight(table) : null;
    return drawTypes(sketch, input, types === undefined ? null : sketch.weight(types), learnt);
  }
  if (table === undefined) return input;
  return sketch.elementwise(input, sketch.rows(sketch.weight(table), sketch.positions()));
}

/** Gemma 3n and 4 look up a second embedding for every layer (`build_inp_per_layer`, `project_per_layer_inputs`). */
export function drawPerLayerInput(sketch: Sketch, input: Node, layers: number): Node | null {
  const { batch } = sketch;
  const named = (name: string): Node | null => {
    const tensor = outside(sketch, name);
    return tensor === undefined ? null : sketch.weight(tensor);
  };
  const table = named('per_layer_token_embd.weight');
  const projection = named('per_layer_model_proj.weight');
  const norm = named('per_layer_proj_norm.weight');
  if (table === null || projection === null || norm === null) return null;
  const width = table.shape[0] / layers;
  const shape = [width, layers, batch.tokens, 1] as const;
  const tokens = inputLeaf([batch.tokens, 1, 1, 1], I32);
  const looked = sketch.elementwise(view(sketch.rows(table, tokens), shape));
  sketch.expand(looked);
  const projected = view(sketch.elementwise(sketch.multiply(projection, input)), shape);
  const normed = sketch.norm(projected, norm, null, 'rms', null);
  const summed = sketch.elementwise(sketch.elementwise(normed, looked));
  return sketch.fresh([width, batch.tokens, layers, 1], view(summed, [width, batch.tokens, layers, 1]));
}

/** What comes behind the last block. */
export function drawOutput(sketch: Sketch, input: Node, traits: ArchitectureTraits): void {
  const { model } = sketch;
  if (isEncoder(model)) {
    const weight = outside(sketch, traits.outputNorm);
    const ended =
      weight === undefined ? input : sketch.norm(input, sketch.weight(weight), null, traits.norm, null);
    ended.output = true;
    sketch.expand(ended);
    return;
  }
  const rows = (node: Node): Node => sketch.rows(node, sketch.outputRows());
  // What a draft head would read is kept too (`t_h_nextn`).
  if (traits.rowsAfterNorm === 'before') input.output = true;
  const early = traits.rowsAfterNorm === 'before' ? rows(input) : input;
  const normed = outputNorm(sketch, early, traits);
  if (traits.rowsAfterNorm === 'after') normed.output = true;
  const embedding = traits.rowsAfterNorm === 'after' ? rows(normed) : normed;
  drawLogits(sketch, embedding, traits);
}

/** The norm behind the last block. */
export function outputNorm(sketch: Sketch, input: Node, traits: ArchitectureTraits): Node {
  const weight = outside(sketch, traits.outputNorm);
  const bias = outside(sketch, 'output_norm.bias');
  return sketch.norm(
    input,
    weight === undefined ? null : sketch.weight(weight),
    bias === undefined ? null : sketch.weight(bias),
    weight === undefined ? (traits.plainNorms ?? traits.norm) : traits.norm,
    null,
  );
}

/** The logits of what was normed. */
export function drawLogits(sketch: Sketch, embedding: Node, traits: ArchitectureTraits): void {
  const { model } = sketch;
  const index = indexOf(model);
  embedding.output = true;
  if (index.outputMatrix === null) throw new UnknownGraph('no output');
  const product = sketch.multiply(sketch.weight(index.outputMatrix, index.tied), embedding);
  let logits = product;
  for (let step = 0; step < traits.logitSteps; step++) logits = sketch.elementwise(logits);
  // Dream loads a bias and never adds it
  const outputBias = model.architecture === 'dream' ? undefined : outside(sketch, 'output.bias');
  if (outputBias !== undefined) logits = sketch.elementwise(logits, sketch.weight(outputBias));
  // Chameleon sets the logits of image tokens in a copy.
  if (model.architecture === 'chameleon')
    logits = sketch.fresh(logits.shape, logits, sketch.elementwise(blankLeaf([8192, 1, 1, 1], F32)));
  logits.output = true;
  sketch.expand(logits);
}

/** A tensor that belongs to no block. */
export function outside(sketch: Sketch, name: string): Tensor | undefined {
  return indexOf(sketch.model).outside.get(name);
}

/** The same as a node; throws UnknownGraph where the file has none. */
export function outsideWeight(sketch: Sketch, name: string): Node {
  const tensor = outside(sketch, name);
  if (tensor === undefined) throw new UnknownGraph(`no ${name}`);
  return sketch.weight(tensor);
}
