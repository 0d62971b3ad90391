import type { Metadata, TensorFacts } from './assemble-model';
import { quantOfFileType } from './tensor-types';

/** Label of the quantisation: what `general.file_type` says, else the type that holds most bytes of the matrices; null without either. */
export function quantLabel(metadata: Metadata, tensors: readonly TensorFacts[]): string | null {
  const fileType = metadata['general.file_type'];
  const said = typeof fileType === 'number' ? quantOfFileType(fileType) : null;
  return said ?? dominantType(tensors)?.toUpperCase() ?? null;
}

function dominantType(tensors: readonly TensorFacts[]): string | null {
  const bytesOf = new Map<string, number>();
  for (const tensor of tensors) {
    if (tensor.dimensions.length < 2) continue;
    bytesOf.set(tensor.type, (bytesOf.get(tensor.type) ?? 0) + tensor.bytes);
  }
  const [first] = [...bytesOf].sort(([, left], [, right]) => right - left);
  return first?.[0] ?? null;
}
