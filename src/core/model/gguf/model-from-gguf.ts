import type { Finding } from '../../finding';
import { assembleModel } from '../assemble-model';
import type { Model } from '../schema';
import type { GgufFile } from './gguf-file';

/** The Model of a GGUF header; `locator` is what a runtime would be given, of a split model the first part. */
export function modelFromGguf(file: GgufFile, name: string, locator: string): Model {
  return assembleModel({
    name,
    source: { kind: 'gguf', locator, tensors: 'read' },
    fileBytes: file.fileBytes,
    quant: null,
    metadata: file.metadata,
    tensors: file.tensors,
    vocabulary: file.skippedArrays['tokenizer.ggml.tokens']?.count ?? null,
    findings: file.tensors.length === 0 ? [...file.findings, noTensors] : file.findings,
  });
}

const noTensors: Finding = {
  severity: 'error',
  code: 'no-tensors',
  path: '/tensors',
  message: 'The file holds metadata but no weights: a vocabulary, or the first part of a split model alone.',
  remedy: 'Give the file with the weights.',
};
