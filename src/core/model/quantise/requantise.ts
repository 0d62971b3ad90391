import type { Model, Tensor } from '../schema';
import { quantiseTensors, NotQuantisable } from './quantise-tensors';
import type { Quant } from './quants';

const known = new WeakMap<Model, Map<Quant, Model | null>>();

/**
 * The same model as llama-quantize would make it of its 16-bit file in another quantisation; null where the rules do not hold for
 * it. Worked out once for each Model and quantisation.
 */
export function requantised(model: Model, quant: Quant): Model | null {
  const others = known.get(model) ?? new Map<Quant, Model | null>();
  known.set(model, others);
  const before = others.get(quant);
  if (before !== undefined) return before;
  const other = requantise(model, quant);
  others.set(quant, other);
  return other;
}

function requantise(model: Model, quant: Quant): Model | null {
  const { architecture, tensors } = model;
  if (architecture === null || tensors.length === 0) return null;
  try {
    const facts = quantiseTensors(tensors, quant, {
      ...model.metadata,
      'general.architecture': architecture,
    });
    return {
      ...model,
      quant,
      file_bytes: null,
      source: { ...model.source, tensors: 'derived' },
      tensors: tensors.map((tensor, index) => retyped(tensor, facts[index]!)),
    };
  } catch (error) {
    if (error instanceof NotQuantisable) return null;
    throw error;
  }
}

function retyped(
  { name, dimensions, layer, role }: Tensor,
  { type, bytes }: Pick<Tensor, 'type' | 'bytes'>,
): Tensor {
  return { name, type, dimensions, bytes, layer, role };
}
