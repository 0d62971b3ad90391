import type { Finding } from '../../finding';
import type { Metadata, TensorFacts } from '../assemble-model';

/** Bytes wanted of a file: at least as many as asked for must be sent back, unless the file ends before. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A tensor of the table, with where its data begin, counted from the start of the file. */
export interface GgufTensor extends TensorFacts {
  readonly offset: number;
}

/** An array that was not kept: too long, of strings, or of numbers that a double cannot hold. */
export interface SkippedArray {
  readonly count: number;
  readonly type: string;
}

/** What the header of one GGUF file says. */
export interface GgufFile {
  readonly version: number;
  readonly alignment: number;
  /** Scalars, strings up to 64 KiB and number arrays up to 4096; booleans in arrays as 0 and 1, integers beyond 2^53 and non-finite floats as text. */
  readonly metadata: Metadata;
  readonly skippedArrays: Readonly<Record<string, SkippedArray>>;
  readonly tensors: readonly GgufTensor[];
  /** Where the tensors' data begin. */
  readonly dataOffset: number;
  /** Where the last tensor ends: what the file must measure at least. */
  readonly expectedBytes: number;
  readonly fileBytes: number;
  readonly findings: readonly Finding[];
}
