import type { Metadata } from '../assemble-model';
import type { Config } from './config-fields';

/** What decides which tensors exist, and a GGUF file's metadata does not say. */
export interface Traits {
  /** No output tensor of its own: the token embedding serves twice. */
  readonly tiedEmbeddings: boolean;
  /** Biases of the query, key and value projections. */
  readonly attentionBias: boolean;
  readonly attentionOutputBias: boolean;
  readonly feedForwardBias: boolean;
  /** Norms of query and key where an architecture leaves them to the model. */
  readonly queryKeyNorm: boolean;
  /** A bias added to the router's scores (DeepSeek V3's `noaux_tc`). */
  readonly routerBias: boolean;
  readonly convolutionBias: boolean;
  /** A norm after the state space where an architecture leaves it to the model (Falcon-H1). */
  readonly recurrentNorm: boolean;
  /** Full-attention layers that take the keys for values too (Gemma 4). */
  readonly valuesAreKeys: boolean;
  readonly ropeFactors: 'none' | 'frequencies' | 'long-and-short';
}

/** A model as llama.cpp's converter would describe it. */
export interface Blueprint {
  /** GGUF metadata, `general.architecture` among it. */
  readonly metadata: Metadata;
  readonly traits: Traits;
}

/** Models whose configs are read alike. */
export interface Family {
  /** Names in `architectures`. */
  readonly architectures: readonly string[];
  /** Names in `model_type`. */
  readonly modelTypes: readonly string[];
  readonly blueprint: (config: Config) => Blueprint;
}

/** Nothing special. */
export const plainTraits: Traits = {
  tiedEmbeddings: false,
  attentionBias: false,
  attentionOutputBias: false,
  feedForwardBias: false,
  queryKeyNorm: false,
  routerBias: false,
  convolutionBias: false,
  recurrentNorm: false,
  valuesAreKeys: false,
  ropeFactors: 'none',
};
