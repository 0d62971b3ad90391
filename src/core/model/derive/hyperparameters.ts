import type { Metadata } from '../assemble-model';

/** The numbers of a GGUF file's metadata that its tensors follow from, by the names llama.cpp has for them. */
export interface Hyperparameters {
  readonly architecture: string;
  /** All blocks, those that predict ahead among them. */
  readonly blocks: number;
  /** Blocks of the model proper: the first of all. */
  readonly trunk: number;
  readonly embedding: number;
  readonly vocabulary: number;
  /** Elements of a head's key and value where the layer has no window. */
  readonly keyLength: number;
  readonly valueLength: number;
  /** Elements of a head that take part in rope. */
  readonly rotated: number;
  /** 0 for a dense model. */
  readonly experts: number;
  /** Width of one expert; the feed-forward width where the file does not say. */
  readonly expertWidth: number;
  /** Any other number, `fallback` where it is missing. */
  readonly number: (key: string, fallback?: number) => number;
  /** A number that may differ by layer. */
  readonly at: (key: string, layer: number, fallback?: number) => number;
}

/** A number that this architecture's tensors need is not in the metadata. */
export class MissingNumber extends Error {
  override readonly name = 'MissingNumber';

  constructor(readonly key: string) {
    super(`The metadata has no number ${key}.`);
  }
}

/** Throws MissingNumber where the metadata lacks what every architecture needs. */
export function readHyperparameters(metadata: Metadata): Hyperparameters {
  const architecture = String(metadata['general.architecture']);
  const at = (key: string, layer: number, fallback?: number): number =>
    numberAt(metadata[`${architecture}.${key}`], layer) ?? given(fallback, `${architecture}.${key}`);
  const number = (key: string, fallback?: number): number => at(key, 0, fallback);
  const blocks = number('block_count');
  const embedding = number('embedding_length');
  const headLength = embedding / Math.max(1, number('attention.head_count', 1));
  const keyLength = number('attention.key_length', headLength);
  return {
    architecture,
    blocks,
    trunk: blocks - number('nextn_predict_layers', 0),
    embedding,
    vocabulary: number('vocab_size'),
    keyLength,
    valueLength: number('attention.value_length', headLength),
    rotated: number('rope.dimension_count', keyLength),
    experts: number('expert_count', 0),
    expertWidth: number('expert_feed_forward_length', number('feed_forward_length', 0)),
    number,
    at,
  };
}

function numberAt(value: Metadata[string] | undefined, layer: number): number | null {
  if (typeof value === 'number') return value;
  return Array.isArray(value) ? (value[layer] ?? null) : null;
}

function given(fallback: number | undefined, key: string): number {
  if (fallback === undefined) throw new MissingNumber(key);
  return fallback;
}
