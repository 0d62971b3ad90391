import type { Finding } from '../finding';
import type { Model } from './schema';

/** What a GGUF file says of itself under its own keys (`general.architecture`, `llama.block_count`, …); booleans in arrays as 0 and 1. */
export type Metadata = Model['metadata'];

/** A tensor as a GGUF file lists it: ggml's type name, innermost dimension first. */
export interface TensorFacts {
  readonly name: string;
  readonly type: string;
  readonly dimensions: readonly number[];
  readonly bytes: number;
}

/** Everything a Model is made from, whether read from a file or derived from a config. */
export interface ModelFacts {
  readonly name: string;
  readonly source: Model['source'];
  readonly fileBytes: number | null;
  /** Label where it is already known; null takes it from `general.file_type` or from the tensors. */
  readonly quant: string | null;
  readonly metadata: Metadata;
  readonly tensors: readonly TensorFacts[];
  /** Entries of the tokenizer, where a file without tensors has one. */
  readonly vocabulary?: number | null;
  readonly findings: readonly Finding[];
}

/** The Model of a file's or a config's facts; what this architecture's cache is made of is null where it is not known. */
export function assembleModel(facts: ModelFacts): Model {
  return {
    name: facts.name,
    source: facts.source,
    architecture: null,
    quant: facts.quant,
    file_bytes: facts.fileBytes,
    parameters: { total: null, active: null },
    block_count: null,
    embedding_length: null,
    vocabulary: null,
    context_trained: null,
    feed_forward_length: null,
    attention: { heads: null, kv_heads: null, key_length: null, value_length: null },
    experts: null,
    tensors: [],
    layers: null,
    metadata: facts.metadata,
    findings: [...facts.findings],
  };
}
