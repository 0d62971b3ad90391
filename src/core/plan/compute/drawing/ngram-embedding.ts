import { indexOf } from '../../model-index';
import { type Block, UnknownGraph } from './block';
import { gatherState, readState, storeState } from './recurrent-state';
import type { Sketch } from './sketch';
import { F32, I32, inputLeaf, type Node, operation, type Shape, view } from './tensor-graph';

/** What Qwen 4 looks up for the last few tokens at once (`build_inp_ple`); null where the file has no table for it. */
export function drawNgrams(sketch: Sketch): Node | null {
  const table = indexOf(sketch.model).outside.get('per_layer_token_embd.weight');
  if (table === undefined) return null;
  const { tokens } = sketch.batch;
  const heads = (number(sketch, 'ngram_size') - 1) * number(sketch, 'heads_per_ngram');
  const rows = sketch.rows(sketch.weight(table), inputLeaf([heads * tokens, 1, 1, 1], I32));
  return sketch.expand(view(rows, [rows.shape[0] * heads, tokens, 1, 1]));
}

function number(sketch: Sketch, key: string): number {
  const found = sketch.number(`ple.${key}`);
  if (found === null) throw new UnknownGraph('no sizes of n-grams');
  return found;
}

/** Adds to the streams what the n-grams give, gated by how it fits them, and a convolution over it (`build_ple`). */
export function addNgrams(block: Block, streams: Node, ngrams: Node): Node {
  const { sketch } = block;
  const [width, count, tokens] = streams.shape;
  const key = sketch.multiply(block.weight('ple_key.weight'), ngrams);
  const value = sketch.multiply(block.weight('ple_value.weight'), ngrams);
  const normed = (node: Node, name: string): Node =>
    sketch.elementwise(sketch.elementwise(view(node, streams.shape)), block.weight(`${name}.weight`));
  const products = sketch.elementwise(normed(key, 'ple_norm_key'), normed(streams, 'ple_norm_query'));
  const fit = sketch.elementwise(sketch.fresh([1, count, tokens, 1], products));
  const size = sketch.elementwise(sketch.elementwise(sketch.elementwise(fit)));
  const gate = sketch.elementwise(sketch.elementwise(sketch.elementwise(fit), size));
  const spread = sketch.fresh(streams.shape, view(value, [width, 1, tokens, 1]));
  const gated = sketch.elementwise(spread, gate);
  const given = view(normed(view(gated, [width * count, tokens, 1, 1]), 'ple_norm_conv'), [
    width * count,
    tokens,
    1,
    1,
  ]);
  const convolved = sketch.elementwise(convolve(block, given));
  const joined = view(sketch.fresh(convolved.shape, convolved), streams.shape);
  return sketch.elementwise(streams, sketch.elementwise(gated, joined));
}

/** A sum of copies, each shifted by as many tokens as an n-gram has, with those of earlier batches before. */
function convolve(block: Block, given: Node): Node {
  const { sketch, memory } = block;
  const { tokens, sequences } = sketch.batch;
  const each = tokens / sequences;
  const [channels] = given.shape;
  const taps = number(sketch, 'conv_kernel');
  const kept = (memory.state?.p_elements ?? 0) / channels;
  const state = readState(block, 'p', gatherState(sketch, kept * channels));
  const joined = sketch.fresh(
    [kept + each, channels, sequences, 1],
    view(state, [kept, channels, sequences, 1]),
    view(given, [each, channels, sequences, 1]),
  );
  const tail: Shape = [kept, channels, sequences, 1];
  storeState(block, 'p', sketch.fresh(tail, view(joined, tail, joined.bytes - each * F32)));
  const kernel = block.tensor('ple_conv1d.weight');
  if (kernel === null) throw new UnknownGraph('no convolution of n-grams');
  const bytes = (kernel.bytes / (taps * channels)) * channels;
  let sum: Node | null = null;
  for (let tap = 0; tap < taps; tap++) {
    const shape: Shape = [channels, each, sequences, 1];
    const shifted = sketch.fresh(shape, view(joined, shape, joined.bytes - kept * F32));
    const column = operation(
      [1, channels, 1, 1],
      [view(block.weight('ple_conv1d.weight'), [1, channels, 1, 1])],
      {
        bytes,
      },
    );
    const flat = view(column, [channels, 1, 1, 1], bytes);
    const factors = kernel.type === 'f32' ? flat : operation([channels, 1, 1, 1], [flat]);
    const term = sketch.elementwise(shifted, factors);
    sum = sum === null ? term : sketch.elementwise(sum, term);
  }
  return sum!;
}
