import { catalogModel } from '../../core/catalog/models';

const worked = new Map<string, number | null>();

/** Bytes of a catalog model's tensors at a quantisation; null where it cannot be had so. Worked out once. */
export function catalogBytes(name: string, quant: string): number | null {
  const key = `${name}:${quant}`;
  const known = worked.get(key);
  if (known !== undefined) return known;
  const bytes = bytesOf(name, quant);
  worked.set(key, bytes);
  return bytes;
}

function bytesOf(name: string, quant: string): number | null {
  try {
    const model = catalogModel(name, quant);
    return model === null ? null : model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  } catch {
    // A size beside a name is worth nothing that a failure would cost; planning the model tells what is wrong.
    return null;
  }
}
