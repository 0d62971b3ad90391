import type { Traits } from '../config/blueprint';
import type { Hyperparameters } from './hyperparameters';
import type { TensorShape } from './tensor-shape';

/** How the tensors of one of llama.cpp's architectures follow from its numbers (`src/models/*.cpp: load_arch_tensors`). */
export interface Architecture {
  /** Tensors outside the blocks. */
  readonly outside: (model: Hyperparameters, traits: Traits) => readonly TensorShape[];
  /** Tensors of one block, without its prefix. */
  readonly block: (model: Hyperparameters, traits: Traits, layer: number) => readonly TensorShape[];
}
