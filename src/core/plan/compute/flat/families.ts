import type { Model, Tensor } from '../../../model/schema';
import { indexOf } from '../../model-index';
import { looksOf } from './looks';
import { Remembered } from './remembered';

/** Models that differ in nothing but the bytes of their matrices, such as quantisations of one: their graphs are the same. */
export interface Family {
  readonly number: number;
}

/** Families remembered beyond their models: quantisations are asked about one after the other. */
const MOST_FAMILIES = 8;
const recent = new Remembered<Family>(MOST_FAMILIES, () => 1);
const known = new WeakMap<Model, Family>();
let families = 0;

/** The family of a model; found again for as long as one of its models was among the last few that were new. */
export function familyOf(model: Model): Family {
  const found = known.get(model);
  if (found !== undefined) return found;
  const name = nameOf(model);
  const family = recent.get(name) ?? { number: families++ };
  recent.set(name, family);
  known.set(model, family);
  return family;
}

/** Everything that a drawing reads of a model. */
function nameOf(model: Model): string {
  const { architecture, block_count: blocks, embedding_length: width, vocabulary, layers } = model;
  const { attention, experts, feed_forward_length: wide, context_trained: trained } = model;
  const own = Object.entries(model.metadata).filter(([key]) => !key.startsWith('general.'));
  const { input, output, firstLayer, everywhere } = indexOf(model);
  return JSON.stringify([
    [architecture, blocks, width, vocabulary, layers?.length, attention, experts, wide, trained, own],
    [input, output, firstLayer].map((tensors) => tensors.map(matrixName)),
    everywhere.map(vectorName),
    model.tensors.length,
    looksOf(model).shape,
    looksOf(model).shapes,
  ]);
}

function matrixName(tensor: Tensor): string {
  return isMatrix(tensor) ? `${tensor.name} ${tensor.dimensions.join('x')}` : vectorName(tensor);
}

function vectorName({ name, dimensions, bytes }: Tensor): string {
  return `${name} ${dimensions.join('x')} ${bytes}`;
}

/** What a quantisation changes the bytes of; vectors are kept as they are. */
export function isMatrix({ dimensions }: Tensor): boolean {
  return dimensions.length > 1;
}
