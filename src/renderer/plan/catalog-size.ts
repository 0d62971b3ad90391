import { catalogModel } from '../../core/catalog/models';
import { formatFileSize } from '../../core/report/format';

const worked = new Map<string, string | null>();

/**
 * What a catalog model weighs, `4.92 GB at Q4_K_M`; in the quantisation it is usually had in where `quant` is null. Null where it
 * cannot be said. Worked out once.
 */
export function catalogSize(name: string, quant: string | null): string | null {
  const key = `${name}:${quant}`;
  const known = worked.get(key);
  if (known !== undefined) return known;
  const size = sizeOf(name, quant);
  worked.set(key, size);
  return size;
}

function sizeOf(name: string, quant: string | null): string | null {
  try {
    const model = catalogModel(name, quant);
    if (model === null) return null;
    const bytes = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    return `${formatFileSize(bytes)} at ${model.quant ?? quant}`;
  } catch {
    // A size beside a name is worth nothing that a failure would cost; planning the model tells what is wrong.
    return null;
  }
}
