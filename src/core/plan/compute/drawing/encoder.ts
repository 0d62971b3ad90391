import type { Model } from '../../../model/schema';
import type { Block } from './block';
import type { Sketch } from './sketch';
import { type Node, view } from './tensor-graph';

/** Encoders whose blocks attend to the batch alone and that end in what is pooled, not in logits (`src/models/*bert*.cpp`, `gemma-embedding.cpp`). */
const encoders = /bert|^gemma-embedding$|^llama-embed$|^t5encoder$/u;

export function isEncoder(model: Model): boolean {
  return encoders.test(model.architecture ?? '');
}

/** Whether tokens attend to later ones too (`hparams.causal_attn`): a batch of these may be larger than the context. */
export function looksBothWays({ architecture, metadata }: Model): boolean {
  return architecture === 'gemma-embedding' || metadata[`${architecture}.attention.causal`] === false;
}

/** Every so many blocks one attends to everything: the last of them, or the first (`load_swa_pattern`). */
const windowSteps: Readonly<Record<string, { readonly step: number; readonly whole: 'first' | 'last' }>> = {
  'gemma-embedding': { step: 6, whole: 'last' },
  'modern-bert': { step: 3, whole: 'first' },
};

/** Whether a block without a cache has a window, and so the second mask of the batch. */
export function hasWindow(model: Model, layer: number): boolean {
  const name = model.architecture ?? '';
  const pattern = windowSteps[name];
  const width = model.metadata[`${name}.attention.sliding_window`];
  if (pattern === undefined || typeof width !== 'number' || width === 0) return false;
  const said = model.metadata[`${name}.attention.sliding_window_pattern`];
  if (Array.isArray(said)) return Number(said[layer]) === 1;
  const step = typeof said === 'number' ? said : pattern.step;
  if (step === 0) return false;
  return pattern.whole === 'first' ? layer % step !== 0 : layer % step < step - 1;
}

/** BERT adds what the first token type and positions are embedded as (`src/models/bert.cpp`). */
export function drawTypes(sketch: Sketch, input: Node, types: Node | null, positions: Node | null): Node {
  const typed =
    types === null ? input : sketch.elementwise(input, view(types, [types.shape[0], 1, 1, 1], types.bytes));
  return positions === null ? typed : sketch.elementwise(sketch.rows(positions, sketch.positions()), typed);
}

/** A block of BERT: each sum is normed, and the norm is what the next sum adds up with. */
export function drawPostNormed(
  block: Block,
  input: Node,
  attended: Node,
  feedForward: (normed: Node) => Node,
): Node {
  const { sketch } = block;
  const rows = (node: Node): Node => (block.last ? sketch.rows(node, sketch.outputRows()) : node);
  const mixed = rows(attended);
  const residual = rows(input);
  const first = block.norm(sketch.elementwise(mixed, residual), 'attn_output_norm', 'layer');
  const normed = block.has('attn_norm_2.weight')
    ? block.norm(sketch.elementwise(first, residual), 'attn_norm_2', 'layer')
    : first;
  return block.norm(sketch.elementwise(feedForward(normed), normed), 'layer_output_norm', 'layer');
}
