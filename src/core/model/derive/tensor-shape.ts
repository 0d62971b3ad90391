/** A tensor before it has a type: name and dimensions as in a GGUF file, innermost first. */
export interface TensorShape {
  readonly name: string;
  readonly dimensions: readonly number[];
}

/** `NAME.weight`. */
export function weight(name: string, ...dimensions: number[]): TensorShape {
  return { name: `${name}.weight`, dimensions };
}

/** `NAME.bias`. */
export function bias(name: string, ...dimensions: number[]): TensorShape {
  return { name: `${name}.bias`, dimensions };
}

/** The tensors of one block, under its prefix. */
export function inBlock(block: number, tensors: readonly TensorShape[]): TensorShape[] {
  return tensors.map((tensor) => ({ ...tensor, name: `blk.${block}.${tensor.name}` }));
}
