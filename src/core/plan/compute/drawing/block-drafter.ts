import type { Model, Tensor } from '../../../model/schema';
import { layerHomes } from '../../layer-homes';
import { indexOf } from '../../model-index';
import type { Settings, Target } from '../../settings';
import { UnknownGraph } from './block';
import { codeOfHome } from './assistant';
import { HOST_CODE } from '../flat/flat-graph';
import { outside, outputNorm } from './outside-blocks';
import type { Sketch } from './sketch';
import { F32, I32, inputLeaf, type Node, view, weightLeaf, writeInto } from './tensor-graph';
import type { ArchitectureTraits } from './traits';

/** DFlash drafts a whole block of tokens at once, and computes the logits of all of them (`src/models/dflash.cpp`). */
export function draftsBlocks({ architecture }: Model): boolean {
  return architecture === 'dflash';
}

/** Whether it has no embedding or no output of its own, and reads those of the model that it drafts for. */
export function leansOnTarget(model: Model): boolean {
  const has = (name: string): boolean => model.tensors.some((tensor) => tensor.name === name);
  return !has('token_embd.weight');
}

/** The tokens' embedding. Throws UnknownGraph for the kinds that mix the tokens of a block, or choose among them. */
export function drawDrafted(sketch: Sketch, traits: ArchitectureTraits): Node {
  const { model, batch, settings } = sketch;
  refuseOtherKinds(sketch);
  const own = outside(sketch, 'token_embd.weight');
  const table = own === undefined ? tableOf(settings) : sketch.weight(own);
  const rows = sketch.rows(table, inputLeaf([batch.tokens, 1, 1, 1], I32));
  if (rows.shape[0] !== model.embedding_length) throw new UnknownGraph('an embedding of another width');
  return traits.scaledEmbedding ? sketch.elementwise(rows) : rows;
}

function refuseOtherKinds(sketch: Sketch): void {
  if ((sketch.number('hyper_connection.count') ?? 0) > 0) throw new UnknownGraph('stages of DeepSeek V4');
  if (outside(sketch, 'selector_hidden.weight') !== undefined) throw new UnknownGraph('a selector');
  const { tokens, sequences } = sketch.batch;
  const block = sketch.number('block_size') ?? 0;
  if (outside(sketch, 'markov_w1.weight') !== undefined && tokens / sequences <= block)
    throw new UnknownGraph('a chain over the block');
}

function tableOf({ target }: Settings): Node {
  const table = target === undefined ? undefined : indexOf(target.model).outside.get('token_embd.weight');
  if (table === undefined) throw new UnknownGraph('no embedding');
  return leafOf(table, HOST_CODE);
}

function leafOf({ dimensions, bytes }: Tensor, home: number): Node {
  const [first = 1, second = 1] = dimensions;
  return weightLeaf([first, second, 1, 1], bytes, home);
}

/** Logits of all tokens, spread over the whole vocabulary where the draft model has fewer words. */
export function drawDraftedLogits(sketch: Sketch, last: Node, traits: ArchitectureTraits): void {
  const normed = outputNorm(sketch, last, traits);
  normed.output = true;
  const product = sketch.multiply(outputOf(sketch), normed);
  const words = outside(sketch, 'd2t');
  const logits = words === undefined ? product : spread(sketch, product, words);
  logits.output = true;
  sketch.expand(logits);
  padForSampling(sketch, logits);
}

/** llama-server draws drafted tokens where they are computed, from the logits and one row more (`build_sampling` in src/llama-graph.cpp). */
export function padForSampling(sketch: Sketch, logits: Node): void {
  if (sketch.settings.target === undefined || sketch.settings.tool !== 'llama-server') return;
  const [words, rows] = logits.shape;
  sketch.expand(sketch.fresh([words, rows + 1, 1, 1], logits));
}

function spread(sketch: Sketch, product: Node, words: Tensor): Node {
  const [drafted, tokens] = product.shape;
  const all = sketch.model.vocabulary!;
  const none = sketch.elementwise(sketch.blank([1, all, tokens, 1], F32));
  const where = view(sketch.weight(words), [drafted, 1, 1, 1], words.bytes);
  const filled = writeInto(none, [view(product, [1, drafted, tokens, 1]), where]);
  return view(filled, [all, tokens, 1, 1]);
}

function outputOf(sketch: Sketch): Node {
  const { model, settings } = sketch;
  const { outputMatrix, tied } = indexOf(model);
  if (outputMatrix !== null) return sketch.weight(outputMatrix, tied);
  const { target } = settings;
  if (target === undefined) throw new UnknownGraph('no output');
  return leafOf(...outputOfTarget(target, settings));
}

function outputOfTarget(target: Target, own: Settings): [Tensor, number] {
  const index = indexOf(target.model);
  if (index.outputMatrix === null) throw new UnknownGraph('no output');
  const home = layerHomes(index.layers, target.settings).output;
  return [index.outputMatrix, codeOfHome(target, own, home)];
}
