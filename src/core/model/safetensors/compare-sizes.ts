import type { Finding } from '../../finding';
import type { Model } from '../schema';
import { elementsOf } from '../tensor-types';
import { isPlain } from './dtypes';
import { partOf } from './published-tensor';
import type { SafetensorsFile, SafetensorsTensor } from './safetensors-file';

/** Bytes of an F16 or BF16 element. */
const HALF = 2;
/** More than a missing bias or norm, less than a missing layer of any model. */
const TOLERANCE = 0.001;

/**
 * Whether the published weights hold as many parameters as the model that follows from the config: a finding where they do not, or
 * where the weights are packed, so that it cannot be said.
 */
export function compareSizes(model: Model, { tensors }: SafetensorsFile): readonly Finding[] {
  const language = tensors.filter(({ name }) => partOf(name) === 'language');
  const packed = language.filter(({ dtype }) => !isPlain(dtype));
  if (packed.length > 0) return [packedWeights(packed)];
  const published = countElements(withoutTiedOutput(language, model));
  const derived = model.tensors
    .filter(({ role }) => role !== 'rope')
    .reduce((sum, { dimensions }) => sum + (elementsOf(dimensions) ?? 0), 0);
  if (derived === 0 || Math.abs(published - derived) <= TOLERANCE * published) return [];
  return [disagreement(published, derived)];
}

/** Where the token embedding serves twice, some publish it twice. */
function withoutTiedOutput(
  tensors: readonly SafetensorsTensor[],
  model: Model,
): readonly SafetensorsTensor[] {
  if (model.tensors.some(({ role }) => role === 'output')) return tensors;
  return tensors.filter(({ name }) => !/(^|\.)lm_head\.weight$/.test(name));
}

function countElements(tensors: readonly SafetensorsTensor[]): number {
  return tensors.reduce((sum, { shape }) => sum + (elementsOf(shape) ?? 0), 0);
}

function packedWeights(packed: readonly SafetensorsTensor[]): Finding {
  const types = [...new Set(packed.map(({ dtype }) => dtype))].sort().join(', ');
  return {
    severity: 'info',
    code: 'packed-weights',
    path: '/tensors',
    message: `The published weights are packed (${types}), so they say nothing about the size in 16 bits; it follows from the config.`,
    remedy: null,
  };
}

function disagreement(published: number, derived: number): Finding {
  return {
    severity: 'warning',
    code: 'size-disagrees',
    path: '/tensors',
    message: `The published weights hold ${published} parameters, ${published * HALF} bytes in 16 bits; by the config the model has ${derived}, ${derived * HALF} bytes. One of the two is not understood.`,
    remedy: 'Convert the model and give the GGUF file for exact sizes.',
  };
}
