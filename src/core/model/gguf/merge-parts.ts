import { GgufError } from './gguf-error';
import type { GgufFile } from './gguf-file';

/**
 * A split model's parts, in order, as one file: the metadata are the first part's, tensors and sizes those of all.
 * Throws GgufError where the parts are not of one model.
 */
export function mergeParts(parts: readonly GgufFile[]): GgufFile {
  const first = parts[0];
  if (first === undefined) throw new GgufError('parts-differ', 0, 'There is no file to read.');
  if (parts.length === 1) return first;
  parts.forEach((part, index) => checkPlace(part.metadata['split.no'], index));
  const tensors = parts.flatMap((part) => part.tensors);
  checkNames(tensors.map((tensor) => tensor.name));
  checkCount(first.metadata['split.tensors.count'], tensors.length);
  return {
    ...first,
    tensors,
    expectedBytes: sum(parts.map((part) => part.expectedBytes)),
    fileBytes: sum(parts.map((part) => part.fileBytes)),
    findings: parts.flatMap((part) => part.findings),
  };
}

/** Part numbers in the files count from zero, in their names from one. */
function checkPlace(claimed: unknown, index: number): void {
  if (typeof claimed === 'number' && claimed !== index) {
    throw new GgufError(
      'parts-differ',
      0,
      `The file named as part ${index + 1} is part ${claimed + 1}: the parts are mixed up.`,
    );
  }
}

function checkNames(names: readonly string[]): void {
  if (new Set(names).size !== names.length) {
    throw new GgufError(
      'parts-differ',
      0,
      'The parts list the same tensor more than once: they are not parts of one model.',
    );
  }
}

function checkCount(claimed: unknown, found: number): void {
  if (typeof claimed === 'number' && claimed !== found) {
    throw new GgufError(
      'parts-differ',
      0,
      `The first part speaks of ${claimed} tensors, all parts together hold ${found}: they are not parts of one model.`,
    );
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
